//! What the worker logged of its planning and of the steps of its drains.

/// Deliveries planned in a second of those that the planner took.
pub(super) fn plan_rate(log: &str) -> Option<f64> {
    let (mut count, mut seconds) = (0.0, 0.0);
    for line in log.lines() {
        let Ok(entry) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let fields = &entry["fields"];
        if fields["message"] == "digests planned" {
            count += fields["subscriptions"].as_f64().unwrap_or_default();
            seconds += fields["took_ms"].as_f64().unwrap_or_default() / 1e3;
        }
    }
    (seconds > 0.0).then(|| count / seconds)
}

/// What the worker said of the drains of digests: the seconds of each step, summed.
pub(super) fn steps(log: &str) -> Vec<(String, f64)> {
    let mut sums: Vec<(String, f64)> = Vec::new();
    for line in log.lines() {
        let Ok(entry) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let fields = &entry["fields"];
        if fields["message"] != "queue drained" || fields["lane"] != "Digests" {
            continue;
        }
        for (name, value) in fields.as_object().into_iter().flatten() {
            let (Some(step), Some(value)) = (name.strip_suffix("_ms"), value.as_f64()) else { continue };
            match sums.iter_mut().find(|(known, _)| known == step) {
                Some((_, sum)) => *sum += value / 1e3,
                None => sums.push((step.to_owned(), value / 1e3)),
            }
        }
    }
    sums
}
