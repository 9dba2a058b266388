//! System overview: is it up, is it quick, what does it use.

use super::board::{Kind, Panel, Row, UP};

pub(crate) const UID: &str = "hcs-overview";

pub(crate) fn rows() -> Vec<Row> {
    let up = Panel::new("Up", Kind::Stat, 3, "none")
        .about("Whether the server answers Prometheus. Down for five minutes is an alert.")
        .query("up", "min(up{job=\"$job\",instance=~\"$instance\"})")
        .limits(UP)
        .calm("red")
        .none("not scraped");
    let uptime = Panel::new("Uptime", Kind::Stat, 3, "s")
        .about("How long the process has been running.")
        .query(
            "uptime",
            "time() - max(process_start_time_seconds{job=\"$job\",instance=~\"$instance\"})",
        );
    let version = Panel::new("Version", Kind::Words, 4, "none")
        .about("Which version runs, and from which commit it was built.")
        .query("{{version}} ({{commit}})",
            "max by (version, commit) (consciousness_build_info{job=\"$job\",instance=~\"$instance\"})");
    let firing = Panel::new("Alerts firing", Kind::Stat, 3, "none")
        .about("How many alerts are on.")
        .query(
            "alerts",
            "count(ALERTS{alertstate=\"firing\",job=\"$job\"}) or vector(0)",
        )
        .limits(&[(1.0, "red")]);
    let backup = Panel::new("Last good backup", Kind::Stat, 4, "s")
        .about("Its age. Older than 36 hours is an alert.")
        .query("age", "time() - max(consciousness_backup_last_success_timestamp_seconds{job=\"$job\",instance=~\"$instance\"})")
        .limits(&[(129_600.0, "red")])
        .none("no backup yet");
    let alerts = Panel::new("Which alerts", Kind::Table, 7, "none")
        .about("The alerts that are on, with how grave they are.")
        .query(
            "",
            "max by (alertname, severity) (ALERTS{alertstate=\"firing\",job=\"$job\"})",
        )
        .none("no alert is on");
    let components = Panel::new("Component health", Kind::Lanes, 24, "none")
        .about("Each part of the server: green while it works, at least in part.")
        .query(
            "{{component}}",
            "consciousness_component_up{job=\"$job\",instance=~\"$instance\"}",
        )
        .limits(UP)
        .calm("red");

    let requests = Panel::new("Requests per second", Kind::Stacked, 8, "reqps")
        .about("What is asked of the server, by the status of the answer.")
        .query("{{status}}", "sum by (status) (rate(consciousness_total_requests{job=\"$job\",instance=~\"$instance\"}[$__rate_interval]))");
    let latency = Panel::new("Response time p50 / p95 / p99", Kind::Lines, 8, "s")
        .about("How long answers take. An average above 2 s is an alert.")
        .quantiles(
            "consciousness_request_duration_seconds",
            "",
            "$__rate_interval",
        )
        .limits(&[(2.0, "red")])
        .none("no requests yet");
    let slowest = Panel::new("Slowest routes (p95)", Kind::Table, 8, "s")
        .about("The ten routes whose slowest answers take the longest.")
        .query("{{route}}", "topk(10, histogram_quantile(0.95, sum by (le, route) (rate(consciousness_request_duration_seconds_bucket{job=\"$job\",instance=~\"$instance\"}[5m]))) > 0)");
    let ratio = Panel::new("Error ratio", Kind::Lines, 8, "percentunit")
        .about("The share of requests that failed on the server's side within ten minutes. Above 5 % is an alert.")
        .query("errors", "job:consciousness_request_errors:ratio_rate10m{job=\"$job\"}")
        .limits(&[(0.05, "red")])
        .none("no requests yet");
    let errors = Panel::new("Errors by component", Kind::Bars, 16, "none")
        .about("What went wrong within the hour before, by part and kind.")
        .query("{{component}} {{kind}}", "sum by (component, kind) (increase(consciousness_errors_total{job=\"$job\",instance=~\"$instance\"}[1h])) > 0")
        .none("no errors");

    let cpu = Panel::new("CPU", Kind::Lines, 8, "percentunit")
        .about("Processor time of the server: 100 % is one core.")
        .query("{{instance}}", "rate(process_cpu_seconds_total{job=\"$job\",instance=~\"$instance\"}[$__rate_interval])");
    let memory = Panel::new("Memory against limit", Kind::Lines, 8, "percentunit")
        .about("The server's memory as a share of what it may use. Above 70 % and 90 % are alerts.")
        .query("used {{instance}}", "consciousness_memory_usage_bytes{job=\"$job\",instance=~\"$instance\"} / consciousness_memory_limit_bytes{job=\"$job\",instance=~\"$instance\"}")
        .limits(&[(0.7, "orange"), (0.9, "red")])
        .max(1.0);
    let memory_bytes = Panel::new("Memory", Kind::Lines, 8, "bytes")
        .about("The server's memory, and what it may use.")
        .query(
            "used",
            "consciousness_memory_usage_bytes{job=\"$job\",instance=~\"$instance\"}",
        )
        .query(
            "limit",
            "consciousness_memory_limit_bytes{job=\"$job\",instance=~\"$instance\"}",
        );
    let disk = Panel::new("Disk used", Kind::Ranking, 6, "percentunit")
        .about("How full the disk of the database is. Above 75 % and 85 % are alerts.")
        .query(
            "{{mount}}",
            "job:consciousness_disk:used_ratio{job=\"$job\"}",
        )
        .limits(&[(0.75, "orange"), (0.85, "red")])
        .max(1.0);
    let size = Panel::new("Database size", Kind::Lines, 9, "bytes")
        .about("The database with its write-ahead log.")
        .query(
            "{{db}}",
            "consciousness_database_size_bytes{job=\"$job\",instance=~\"$instance\"}",
        );
    let growth = Panel::new("Database growth per month", Kind::Lines, 9, "bytes")
        .about("As the last seven days went.")
        .query("{{db}}", "deriv(consciousness_database_size_bytes{job=\"$job\",instance=~\"$instance\"}[7d]) * 86400 * 30");
    let query = Panel::new("Database query p50 / p95 / p99", Kind::Lines, 8, "s")
        .about(
            "How long the database takes, by operation. Above 100 ms a query is counted as slow.",
        )
        .quantiles(
            "consciousness_database_query_duration_seconds",
            "op",
            "$__rate_interval",
        )
        .limits(&[(0.1, "orange")]);
    let sessions = Panel::new("Active sessions", Kind::Lines, 8, "none")
        .about("Sessions that are open, such as live sockets.")
        .query("{{transport}}", "sum by (transport) (consciousness_active_sessions{job=\"$job\",instance=~\"$instance\"})");
    let drops = Panel::new("Event queue depth and drops", Kind::Lines, 8, "none")
        .about("Messages a second that a listener was too slow for, and rows that wait to be written.")
        .query("dropped per second", "sum(rate(consciousness_live_messages_dropped_total{job=\"$job\",instance=~\"$instance\"}[$__rate_interval]))")
        .query("rows that wait", "consciousness_history_backlog_rows{job=\"$job\",instance=~\"$instance\"}");
    vec![
        (
            "Now",
            5,
            vec![up, uptime, version, firing, backup, alerts, components],
        ),
        (
            "Requests",
            8,
            vec![requests, latency, slowest, ratio, errors],
        ),
        (
            "Resources",
            8,
            vec![
                cpu,
                memory,
                memory_bytes,
                disk,
                size,
                growth,
                query,
                sessions,
                drops,
            ],
        ),
    ]
}
