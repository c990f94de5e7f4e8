//! CPU time and memory of another process, as Linux accounts them.

use anyhow::{Context, bail};

/// Clock ticks per second in /proc/<pid>/stat; 100 on every Linux that Rust supports.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds (user and system) a process has used.
pub(crate) fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("reading /proc: CPU time needs Linux")?;
    // The name in parentheses may hold blanks; fields are counted from behind it. utime and stime are fields 14 and 15.
    let behind = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let (Some(user), Some(system)) = (fields.get(11), fields.get(12)) else {
        bail!("/proc/{pid}/stat is not as expected")
    };
    Ok((user.parse::<f64>()? + system.parse::<f64>()?) / TICKS_PER_SECOND)
}

/// Memory in MiB.
pub(crate) struct Memory {
    pub(crate) now: f64,
    pub(crate) peak: f64,
}

pub(crate) fn memory(pid: u32) -> anyhow::Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("reading /proc: memory needs Linux")?;
    let kib = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    Ok(Memory { now: kib("VmRSS:").unwrap_or(0.0) / 1024.0, peak: kib("VmHWM:").unwrap_or(0.0) / 1024.0 })
}
