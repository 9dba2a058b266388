//! A dashboard in few words, and the JSON that Grafana reads.

use serde_json::{Value, json};

/// How a panel draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One figure; with its course behind it.
    Stat,
    /// The name of a series as text.
    Words,
    /// Lines.
    Lines,
    /// Lines upon each other.
    Stacked,
    /// Bars upon each other, along the time.
    Bars,
    /// A needle.
    Gauge,
    /// A bar a series, the longest first where the query sorts.
    Ranking,
    /// A ring of shares.
    Donut,
    /// Rows of a table.
    Table,
    /// Buckets of a histogram along the time.
    Heatmap,
    /// A lane a series, coloured by its value.
    Lanes,
}

/// A panel.
pub(crate) struct Panel {
    title: &'static str,
    about: &'static str,
    kind: Kind,
    width: u32,
    unit: &'static str,
    queries: Vec<(String, String)>,
    /// From which value on which colour; the alerts' limits.
    limits: &'static [(f64, &'static str)],
    /// The colour below the first limit.
    calm: &'static str,
    /// What stands there while nothing is known.
    none: &'static str,
    max: Option<f64>,
}

/// Good at one, bad at none.
pub(crate) const UP: &[(f64, &str)] = &[(1.0, "green")];

impl Panel {
    /// A panel of a query; `{}` in it stands for the labels that choose the house.
    pub(crate) fn new(title: &'static str, kind: Kind, width: u32, unit: &'static str) -> Self {
        Self {
            title,
            about: "",
            kind,
            width,
            unit,
            queries: Vec::new(),
            limits: &[],
            calm: "green",
            none: "nothing yet",
            max: None,
        }
    }

    pub(crate) fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Adds a query with the name of its series.
    pub(crate) fn query(mut self, legend: &str, expr: &str) -> Self {
        self.queries.push((legend.to_owned(), expr.to_owned()));
        self
    }

    /// Adds the median, the 95th and the 99th of a hundred of a histogram.
    pub(crate) fn quantiles(mut self, histogram: &str, by: &str, window: &str) -> Self {
        for (name, share) in [("p50", "0.5"), ("p95", "0.95"), ("p99", "0.99")] {
            let (also, legend) = if by.is_empty() {
                (String::new(), name.to_owned())
            } else {
                (format!(", {by}"), format!("{name} {{{{{by}}}}}"))
            };
            let expr = format!(
                "histogram_quantile({share}, sum by (le{also}) (rate({histogram}_bucket{{{HOUSE}}}[{window}])))"
            );
            self.queries.push((legend, expr));
        }
        self
    }

    pub(crate) fn limits(mut self, limits: &'static [(f64, &'static str)]) -> Self {
        self.limits = limits;
        self
    }

    pub(crate) fn calm(mut self, colour: &'static str) -> Self {
        self.calm = colour;
        self
    }

    pub(crate) fn none(mut self, none: &'static str) -> Self {
        self.none = none;
        self
    }

    pub(crate) fn max(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }

    fn json(&self, id: u32, place: &Value) -> Value {
        let source = source();
        let is_table = self.kind == Kind::Table;
        // Of a table, a ranking and a ring the last moment counts; of the others the course.
        let instant = matches!(
            self.kind,
            Kind::Table | Kind::Ranking | Kind::Donut | Kind::Words
        );
        let targets: Vec<Value> = self
            .queries
            .iter()
            .zip('A'..)
            .map(|((legend, expr), letter)| {
                json!({
                    "refId": letter.to_string(), "datasource": source, "expr": expr, "legendFormat": legend,
                    "instant": instant, "range": !instant, "editorMode": "code",
                    "format": if is_table { "table" } else if self.kind == Kind::Heatmap { "heatmap" } else { "time_series" },
                })
            })
            .collect();
        let mut steps = vec![json!({"color": self.calm, "value": null})];
        for (from, colour) in self.limits {
            steps.push(json!({"color": colour, "value": from}));
        }
        let by_limit = !self.limits.is_empty()
            && !matches!(self.kind, Kind::Lines | Kind::Stacked | Kind::Bars);
        let mut defaults = json!({
            "unit": self.unit, "noValue": self.none, "mappings": [], "min": null,
            "thresholds": {"mode": "absolute", "steps": steps},
            "color": {"mode": if by_limit { "thresholds" } else { "palette-classic" }},
            "custom": self.custom(),
        });
        if let Some(max) = self.max {
            defaults["min"] = json!(0);
            defaults["max"] = json!(max);
        }
        if self.limits == UP {
            defaults["mappings"] = json!([{"type": "value", "options": {
                "0": {"text": "down", "index": 0}, "1": {"text": "up", "index": 1}}}]);
        }
        let mut panel = json!({
            "id": id, "type": self.kind.plugin(), "title": self.title, "description": self.about,
            "datasource": source, "gridPos": place, "targets": targets,
            "fieldConfig": {"defaults": defaults, "overrides": []}, "options": self.options(),
        });
        if is_table {
            panel["transformations"] = json!([{"id": "organize", "options": {"excludeByName": {"Time": true, "__name__": true},
                    "renameByName": {"Value": self.title}}}]);
        }
        panel
    }

    fn custom(&self) -> Value {
        let lines = |style: &str, fill: u32, stacking: &str| {
            let limits = if self.limits.is_empty() {
                "off"
            } else {
                "dashed"
            };
            json!({"drawStyle": style, "fillOpacity": fill, "lineWidth": 1, "showPoints": "never",
                "spanNulls": false, "stacking": {"mode": stacking, "group": "A"},
                "thresholdsStyle": {"mode": limits}})
        };
        match self.kind {
            Kind::Lines => lines("line", 10, "none"),
            Kind::Stacked if self.unit == "percent" => lines("line", 60, "percent"),
            Kind::Stacked => lines("line", 40, "normal"),
            Kind::Bars => lines("bars", 80, "normal"),
            Kind::Lanes => json!({"fillOpacity": 80, "lineWidth": 0}),
            Kind::Table => json!({"align": "auto", "cellOptions": {"type": "auto"}}),
            _ => json!({}),
        }
    }

    fn options(&self) -> Value {
        let last = json!({"calcs": ["lastNotNull"], "fields": "", "values": false});
        let legend = json!({"displayMode": "list", "placement": "bottom", "showLegend": true});
        match self.kind {
            Kind::Stat | Kind::Words => {
                json!({"reduceOptions": last, "colorMode": "value", "graphMode":
                if self.kind == Kind::Stat { "area" } else { "none" }, "textMode":
                if self.kind == Kind::Words { "name" } else { "auto" }, "justifyMode": "auto", "orientation": "auto"})
            }
            Kind::Lines | Kind::Stacked | Kind::Bars => {
                json!({"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}})
            }
            Kind::Gauge => {
                json!({"reduceOptions": last, "showThresholdLabels": false, "showThresholdMarkers": true})
            }
            Kind::Ranking => {
                json!({"reduceOptions": last, "displayMode": "gradient", "orientation": "horizontal",
                "showUnfilled": true, "valueMode": "color"})
            }
            Kind::Donut => {
                json!({"reduceOptions": last, "pieType": "donut", "displayLabels": ["name"],
                "legend": {"displayMode": "table", "placement": "right", "showLegend": true, "values": ["value"]},
                "tooltip": {"mode": "single", "sort": "none"}})
            }
            Kind::Table => json!({"showHeader": true, "cellHeight": "sm",
                "footer": {"show": false, "reducer": ["sum"], "countRows": false, "fields": ""}}),
            Kind::Heatmap => {
                json!({"calculate": false, "cellGap": 1, "color": {"mode": "scheme", "scheme": "Oranges",
                "steps": 64, "fill": "dark-orange", "exponent": 0.5, "scale": "exponential", "reverse": false},
                "yAxis": {"unit": self.unit, "axisPlacement": "left", "reverse": false},
                "tooltip": {"mode": "single", "yHistogram": false, "showColorScale": false},
                "legend": {"show": true}, "rowsFrame": {"layout": "auto"}, "filterValues": {"le": 1e-9},
                "exemplars": {"color": "rgba(255,0,255,0.7)"}})
            }
            Kind::Lanes => {
                json!({"showValue": "never", "rowHeight": 0.9, "mergeValues": true, "alignValue": "left",
                "legend": legend, "tooltip": {"mode": "single", "sort": "none"}})
            }
        }
    }
}

impl Kind {
    const fn plugin(self) -> &'static str {
        match self {
            Self::Stat | Self::Words => "stat",
            Self::Lines | Self::Stacked | Self::Bars => "timeseries",
            Self::Gauge => "gauge",
            Self::Ranking => "bargauge",
            Self::Donut => "piechart",
            Self::Table => "table",
            Self::Heatmap => "heatmap",
            Self::Lanes => "state-timeline",
        }
    }
}

/// The labels that choose the house.
pub(crate) const HOUSE: &str = "job=\"$job\",instance=~\"$instance\"";

fn source() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

/// A row: its title, its height, its panels from left to right.
pub(crate) type Row = (&'static str, u32, Vec<Panel>);

/// A dashboard as the JSON that Grafana reads.
pub(crate) fn dashboard(uid: &str, title: &str, about: &str, rows: &[Row]) -> String {
    let (mut panels, mut id, mut y) = (Vec::new(), 0, 0);
    for (title, height, row) in rows {
        id += 1;
        panels.push(
            json!({"id": id, "type": "row", "title": title, "collapsed": false, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}}),
        );
        y += 1;
        let mut x = 0;
        for panel in row {
            if x + panel.width > 24 {
                (x, y) = (0, y + height);
            }
            id += 1;
            let place = json!({"x": x, "y": y, "w": panel.width, "h": height});
            panels.push(panel.json(id, &place));
            x += panel.width;
        }
        y += height;
    }
    let variable = |name: &str, label: &str, query: &str| {
        json!({"name": name, "label": label, "type": "query", "datasource": source(), "definition": query,
            "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "hide": 0, "regex": "", "options": []})
    };
    let mut job = variable("job", "Job", "label_values(consciousness_build_info, job)");
    job["current"] = json!({"text": "consciousness", "value": "consciousness"});
    let mut instance = variable(
        "instance",
        "Instance",
        "label_values(consciousness_build_info{job=\"$job\"}, instance)",
    );
    instance["multi"] = json!(true);
    instance["includeAll"] = json!(true);
    instance["allValue"] = json!(".*");
    instance["current"] = json!({"text": ["All"], "value": ["$__all"]});
    let datasource = json!({"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
        "current": {}, "refresh": 1, "hide": 0, "regex": "", "multi": false, "includeAll": false, "options": []});
    let annotation = |name: &str, colour: &str, expr: &str, text: &str| {
        json!({"name": name, "enable": true, "hide": false, "iconColor": colour, "datasource": source(),
            "expr": expr, "step": "60s", "titleFormat": name, "textFormat": text})
    };
    let board = json!({
        "uid": uid, "title": title, "description": about, "tags": ["consciousness"], "schemaVersion": 39,
        "version": 1, "editable": true, "graphTooltip": 1, "timezone": "browser", "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"}, "timepicker": {}, "id": null,
        "links": [{"title": "Dashboards of the house", "type": "dashboards", "tags": ["consciousness"],
            "asDropdown": false, "includeVars": true, "keepTime": true, "targetBlank": false, "icon": "dashboard",
            "tooltip": "", "url": ""}],
        "annotations": {"list": [
            annotation("Restart", "blue", "changes(process_start_time_seconds{job=\"$job\"}[2m]) > 0",
                "{{instance}} was restarted"),
            annotation("Alert", "red", "ALERTS{alertstate=\"firing\",job=\"$job\"}",
                "{{alertname}} ({{severity}})"),
        ]},
        "templating": {"list": [datasource, job, instance]},
        "panels": panels,
    });
    let mut text = serde_json::to_string_pretty(&board).unwrap();
    text.push('\n');
    text
}
