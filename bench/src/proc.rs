//! What the kernel tells of processes: their time and their memory. proc(5).

use std::collections::HashMap;
use std::fs;

use anyhow::{Context as _, Result};

/// Ticks in a second, in all that /proc tells a program; a constant of Linux on every machine.
const TICKS: f64 = 100.0;

/// A process and all that it started, and they in turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree(pub(crate) u32);

/// A line of /proc/PID/stat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// User and system time, its own and that of children that ended and were waited for.
    ticks: u64,
}

impl Tree {
    /// Processor time in seconds, user and system. A child that ends in between is counted by its parent from then
    /// on, so that nothing is lost.
    ///
    /// # Errors
    /// Where /proc cannot be read, or the process has ended.
    pub(crate) fn seconds(self) -> Result<f64> {
        let stats = stats()?;
        stats.get(&self.0).with_context(|| format!("process {} has ended", self.0))?;
        let ticks: u64 =
            members(&stats, self.0).iter().filter_map(|id| stats.get(id)).map(|stat| stat.ticks).sum();
        #[expect(clippy::cast_precision_loss, reason = "ticks of a run fit into 53 bits")]
        let seconds = ticks as f64 / TICKS;
        Ok(seconds)
    }

    /// Processor time in seconds of the process itself, without what it started.
    ///
    /// # Errors
    /// Where /proc cannot be read, or the process has ended.
    pub(crate) fn own_seconds(self) -> Result<f64> {
        let line = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        let fields = fields(&line).context("a line of /proc/PID/stat")?;
        let ticks = fields
            .get(11..13)
            .context("times")?
            .iter()
            .map(|field| field.parse::<f64>())
            .sum::<Result<f64, _>>()?;
        Ok(ticks / TICKS)
    }

    /// The most memory that it ever held, in MiB: `VmHWM`, the peak of the resident set, summed over its processes.
    /// Pages that several of them share are counted for each.
    ///
    /// # Errors
    /// Where /proc cannot be read, or the process has ended.
    pub(crate) fn peak_mib(self) -> Result<f64> {
        let mut kib = 0;
        for id in members(&stats()?, self.0) {
            let status = fs::read_to_string(format!("/proc/{id}/status"))?;
            kib += peak_kib(&status).with_context(|| format!("no VmHWM of process {id}"))?;
        }
        Ok(f64::from(kib) / 1024.0)
    }
}

/// Processor time in seconds of children of the driver that have ended: the load generators.
///
/// # Errors
/// Where /proc cannot be read.
pub(crate) fn ended_children() -> Result<f64> {
    let line = fs::read_to_string("/proc/self/stat")?;
    let fields = fields(&line).context("a line of /proc/self/stat")?;
    let ticks: u32 = [fields.get(13), fields.get(14)]
        .into_iter()
        .flatten()
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    Ok(f64::from(ticks) / TICKS)
}

/// Processor time in seconds of everything that runs on this machine.
///
/// # Errors
/// Where /proc cannot be read.
pub(crate) fn machine() -> Result<f64> {
    busy(&fs::read_to_string("/proc/stat")?).context("the first line of /proc/stat")
}

/// The process that started this one.
///
/// # Errors
/// Where it is not to be found: Postgres runs on another machine.
pub(crate) fn parent(id: u32) -> Result<u32> {
    let line = fs::read_to_string(format!("/proc/{id}/stat"))
        .context("the processes of Postgres are not here; it has to run on this machine")?;
    Ok(stat(&line).context("a line of /proc/PID/stat")?.parent)
}

fn stats() -> Result<HashMap<u32, Stat>> {
    let mut stats = HashMap::new();
    for entry in fs::read_dir("/proc").context("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end between its name and its line.
        let line = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stats.extend(stat(&line).map(|stat| (id, stat)));
    }
    Ok(stats)
}

fn members(stats: &HashMap<u32, Stat>, root: u32) -> Vec<u32> {
    let mut members = vec![root];
    let mut next = 0;
    while let Some(&id) = members.get(next) {
        members.extend(stats.iter().filter(|(_, stat)| stat.parent == id).map(|(&id, _)| id));
        next += 1;
    }
    members
}

/// The fields after the name, which may itself hold spaces and parentheses.
fn fields(line: &str) -> Option<Vec<&str>> {
    let (_, rest) = line.rsplit_once(')')?;
    Some(rest.split_whitespace().collect())
}

fn stat(line: &str) -> Option<Stat> {
    let fields = fields(line)?;
    let parent = fields.get(1)?.parse().ok()?;
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u64>().ok()).sum::<Option<u64>>()?;
    Some(Stat { parent, ticks })
}

/// user, nice and system, the sixth to the eighth (interrupts, and what the host took); not idle, not waiting.
fn busy(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks = line.split_whitespace().map(|field| field.parse::<f64>().ok()).collect::<Option<Vec<_>>>()?;
    Some((ticks.get(..3)?.iter().sum::<f64>() + ticks.get(5..8)?.iter().sum::<f64>()) / TICKS)
}

fn peak_kib(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "4711 (a (b) c) S 42 4711 4711 0 -1 4194304 100 0 0 0 250 50 7 3 20 0 4 0 9999 1000 10";

    #[test]
    fn a_stat_line_has_parent_and_cpu_time() {
        assert_eq!(stat(LINE), Some(Stat { parent: 42, ticks: 310 }));
        assert_eq!(stat(""), None);
        assert_eq!(stat("1 (x) S 0"), None);
    }

    #[test]
    fn a_process_tree_has_all_descendants() {
        let of = |parent| Stat { parent, ticks: 1 };
        let stats = HashMap::from([(1, of(0)), (2, of(1)), (3, of(2)), (4, of(3)), (5, of(1))]);
        let mut found = members(&stats, 2);
        found.sort_unstable();
        assert_eq!(found, [2, 3, 4]);
    }

    #[test]
    fn busy_and_idle_time_are_read() {
        assert_eq!(busy("cpu  100 10 90 5000 700 20 30 50 9 9\ncpu0 1 1 1\n"), Some(3.0));
        assert_eq!(busy("cpu0 1"), None);
    }

    #[test]
    fn peak_memory_is_read_from_the_status_file() {
        assert_eq!(peak_kib("Name:\tx\nVmPeak:\t  99 kB\nVmHWM:\t   20480 kB\n"), Some(20_480));
        assert_eq!(peak_kib("Name:\tx\n"), None);
    }
}
