//! What the operating system knows of this process and its machine.
//!
//! Read from `/proc` and the control group on Linux; elsewhere everything is unknown, and what is
//! unknown is not published.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The kernel counts processor time in hundredths of a second on every platform that it runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Resident memory of this process, in bytes.
pub(crate) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    kilobytes(&status, "VmRSS:")
}

/// How much memory this process may use: the container's limit, or the machine's memory.
pub(crate) fn memory_limit_bytes() -> Option<u64> {
    let machine = kilobytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:");
    let group = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ]
    .iter()
    .find_map(|path| {
        std::fs::read_to_string(path)
            .ok()?
            .trim()
            .parse::<u64>()
            .ok()
    });
    // Without a limit the group's number is absent or absurdly large.
    match (machine, group) {
        (Some(machine), Some(group)) => Some(machine.min(group)),
        (machine, group) => machine.or(group),
    }
}

/// Threads of this process.
pub(crate) fn threads() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("Threads:"))?;
    line.trim().parse().ok()
}

/// Files and connections that this process has open.
pub(crate) fn open_files() -> Option<u64> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count() as u64)
}

/// How many programs wanted to run, on average of the last minute.
pub(crate) fn load() -> Option<f64> {
    let load = std::fs::read_to_string("/proc/loadavg").ok()?;
    load.split_whitespace().next()?.parse().ok()
}

/// Processor time of this process, in seconds.
pub(crate) fn cpu_seconds() -> Option<f64> {
    let stat = own_stat()?;
    let ticks: f64 = [11, 12]
        .iter()
        .filter_map(|field| stat.get(*field)?.parse::<f64>().ok())
        .sum();
    Some(ticks / TICKS_PER_SECOND)
}

/// When this process started, in seconds since 1970.
pub(crate) fn start_time_seconds() -> Option<f64> {
    let since_boot = own_stat()?.get(19)?.parse::<f64>().ok()? / TICKS_PER_SECOND;
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let boot = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    Some(boot.trim().parse::<f64>().ok()? + since_boot)
}

/// Free and usable bytes of the file system that holds `folder`, as `df` reckons: what is kept back
/// for root is neither free nor usable.
pub(crate) fn disk(folder: &Path) -> Option<(u64, u64)> {
    let stats = fs4::statvfs(folder).ok()?;
    let used = stats.total_space().saturating_sub(stats.free_space());
    Some((stats.available_space(), used + stats.available_space()))
}

/// The folder of a database, for [`disk`].
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// How busy the processors of the machine were since the look before, from 0 to 1.
#[derive(Debug, Default)]
pub(crate) struct HostCpu(Mutex<Option<(f64, f64)>>);

impl HostCpu {
    /// The share since the last call; since the boot at the first.
    pub(crate) fn busy(&self) -> Option<f64> {
        let stat = std::fs::read_to_string("/proc/stat").ok()?;
        let fields: Vec<f64> = stat
            .lines()
            .next()?
            .split_whitespace()
            .skip(1)
            .filter_map(|field| field.parse().ok())
            .collect();
        let total: f64 = fields.iter().take(8).sum();
        // Waiting for a disk is idling too.
        let idle = fields.get(3)? + fields.get(4).unwrap_or(&0.0);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (total_before, idle_before) = last.replace((total, idle)).unwrap_or_default();
        let passed = total - total_before;
        (passed > 0.0).then(|| (1.0 - (idle - idle_before) / passed).clamp(0.0, 1.0))
    }
}

/// The fields of `/proc/self/stat` after the name, which may itself hold blanks and brackets.
fn own_stat() -> Option<Vec<String>> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()?
            * 1024,
    )
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn this_process_is_known() {
        assert!(super::resident_bytes().unwrap() > 100_000);
        assert!(super::memory_limit_bytes().unwrap() > super::resident_bytes().unwrap());
        assert!(super::cpu_seconds().unwrap() >= 0.0);
        assert!(super::threads().unwrap() >= 1);
        assert!(super::open_files().unwrap() >= 3);
        assert!(super::load().unwrap() >= 0.0);
        let started = super::start_time_seconds().unwrap();
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
        let now = jiff::Timestamp::now().as_second() as f64;
        assert!(
            (now - started) < 3_600.0 && now >= started - 2.0,
            "{now} {started}"
        );
        let (free, size) = super::disk(std::path::Path::new(".")).unwrap();
        assert!(free <= size && size > 0);
        assert!((0.0..=1.0).contains(&super::HostCpu::default().busy().unwrap()));
    }
}
