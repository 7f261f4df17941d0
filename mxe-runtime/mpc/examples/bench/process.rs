//! What the kernel says about this process.

use std::error::Error;
use std::fs;

/// User and system time so far, over all threads, in seconds.
pub fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    // Nanoseconds on a processor, of every thread there is and of those that have ended.
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| {
        fields
            .get(place)
            .ok_or("no such field in /proc/self/stat")?
            .parse::<f64>()
            .map_err(Box::<dyn Error>::from)
    };
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

/// The most memory that was resident so far, in bytes.
pub fn peak_memory() -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kilobytes * 1024.0)
}
