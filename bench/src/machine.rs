//! What the figures were measured on.

use std::process::Command;

/// The machine in lines of Markdown.
pub(crate) fn description() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| {
            let kilobytes: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
            Some(kilobytes / 1024 / 1024)
        })
        .unwrap_or_default();
    format!(
        "- CPU: {model}, {cores} cores; {memory} GB of memory\n- Kernel: {}\n- Compiler: {}\n- Broker: {}",
        said("uname", &["-sr"]),
        said("rustc", &["-V"]),
        said("mosquitto", &["-h"]),
    )
}

/// The average load of the last minute, which says how much else the machine did.
pub(crate) fn load() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_whitespace().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The commit that was measured.
pub(crate) fn commit() -> String {
    said("git", &["describe", "--always", "--dirty"])
}

/// The first line that a program prints.
fn said(program: &str, args: &[&str]) -> String {
    Command::new(program)
        .args(args)
        .output()
        .ok()
        .and_then(|output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().next().map(str::to_owned)
        })
        .unwrap_or_else(|| "unknown".to_owned())
}
