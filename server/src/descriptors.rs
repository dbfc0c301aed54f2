//! How many files the process may have open, connections included.

/// Descriptors that are kept for the database, files and pages.
#[cfg(unix)]
const RESERVED: u64 = 256;

/// Raises the limit as far as the system lets it, and says how many of `wanted` connections fit.
#[cfg(unix)]
pub(crate) fn room_for(wanted: u32) -> u32 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let room = current.map_or(u64::MAX, |most| most.saturating_sub(RESERVED).max(most / 2));
    let fitting = u32::try_from(room).unwrap_or(u32::MAX).min(wanted);
    if fitting < wanted {
        tracing::warn!(
            wanted,
            fitting,
            "the limit of open files leaves room for fewer connections"
        );
    }
    fitting
}

/// All of `wanted`.
#[cfg(not(unix))]
pub(crate) fn room_for(wanted: u32) -> u32 {
    wanted
}
