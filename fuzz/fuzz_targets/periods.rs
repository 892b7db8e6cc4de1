//! Days, weeks and months in addresses: what is taken for one is written the same, and has neighbours.

#![no_main]

use domain::calendar::Period;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(period) = text.parse::<Period>() {
        assert_eq!(period.to_string(), text);
        assert!(period.starts_on() <= period.ends_on());
        assert_eq!(Period::containing(period.cadence(), period.ends_on()), period);
        if let Ok(next) = period.next().to_string().parse::<Period>() {
            assert_eq!(next.previous(), period);
        }
    }
});
