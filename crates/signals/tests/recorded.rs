//! The detectors on recorded signals, against the beats that independent published detectors agree on (`testdata/README.md`).

use signals::{BeatsPerMinute, RateMeter, SampleRate, ecg::BeatDetector, ppg::PulseDetector};

fn column<T: std::str::FromStr>(name: &str) -> Vec<T> {
    let path = format!("{}/../../testdata/signals/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines().skip(1).map(|line| line.parse().unwrap_or_else(|_| panic!("{path}: {line}"))).collect()
}

fn rate(hz: f64) -> SampleRate {
    SampleRate::from_hz(hz).unwrap()
}

fn beats(samples: &[f64], hz: f64) -> Vec<u64> {
    let mut detector = BeatDetector::new(rate(hz));
    samples.iter().filter_map(|sample| detector.push(*sample)).map(|beat| beat.at).collect()
}

/// How many of `wanted` have one of `found` within `tolerance` samples.
fn matched(wanted: &[u64], found: &[u64], tolerance: u64) -> usize {
    wanted.iter().filter(|at| found.iter().any(|other| other.abs_diff(**at) <= tolerance)).count()
}

#[test]
fn beats_among_premature_ones_are_found() {
    let (samples, known) = (column("ecg_mitbih208_360hz"), column::<u64>("ecg_mitbih208_beats"));
    let found = beats(&samples, 360.0);
    let tolerance = 54; // 150 ms, as ANSI/AAMI EC57 compares detectors
    let sensitivity = matched(&known, &found, tolerance) as f64 / known.len() as f64;
    let precision = matched(&found, &known, tolerance) as f64 / found.len() as f64;
    assert!(known.len() > 490 && sensitivity >= 0.995 && precision >= 0.99, "{sensitivity} {precision}");
    assert!(found.is_sorted_by(|a, b| a < b), "beats are reported in order");
}

#[test]
fn beats_are_found_across_a_moved_electrode() {
    let (samples, known) = (column("ecg_bitalino_1000hz"), column::<u64>("ecg_bitalino_beats"));
    let found = beats(&samples, 1000.0);
    assert!(
        matched(&known, &found, 150) >= known.len() - 1,
        "the last beat lies 60 ms before the end: {found:?}"
    );
    assert_eq!(matched(&found, &known, 150), found.len());
}

#[test]
fn heart_rate_follows_the_known_beats() {
    let (samples, known) = (column::<f64>("ecg_mitbih208_360hz"), column::<u64>("ecg_mitbih208_beats"));
    let (mut detector, mut meter) = (BeatDetector::new(rate(360.0)), RateMeter::new(rate(360.0)));
    let mut errors: Vec<f64> = Vec::new();
    for (now, sample) in samples.iter().enumerate() {
        if let Some(beat) = detector.push(*sample) {
            meter.beat(beat.at);
        }
        let now = now as u64;
        if now.is_multiple_of(360) && now > 10 * 360 {
            let recent = known.iter().filter(|at| (now.saturating_sub(1440)..now).contains(at)).count();
            let Some(shown) = meter.rate(now).map(BeatsPerMinute::get) else {
                assert!(recent < 4, "no rate at {now} among {recent} beats in 4 s");
                continue;
            };
            let from = known.partition_point(|at| *at + 36 * 36 < now).saturating_sub(16);
            let last: Vec<u64> = known[from..].iter().copied().take_while(|at| *at + 108 <= now).collect();
            let last = &last[last.len() - 9..];
            errors.push((shown - 8.0 * 360.0 * 60.0 / (last[8] - last[0]) as f64).abs());
        }
    }
    assert!(errors.len() >= 270, "a rate in all but the pauses: {}", errors.len());
    errors.sort_by(f64::total_cmp);
    assert!(
        errors[errors.len() * 9 / 10] <= 5.0,
        "nine in ten within 5 per minute: {:?}",
        &errors[errors.len() * 9 / 10..]
    );
    assert!(errors[errors.len() / 2] <= 2.0, "half within 2 per minute: {}", errors[errors.len() / 2]);
}

#[test]
fn the_sample_rate_does_not_matter() {
    let samples = column::<f64>("ecg_bitalino_1000hz");
    let all = beats(&samples, 1000.0);
    for keep in [2_usize, 4, 8] {
        let fewer: Vec<f64> = samples.iter().step_by(keep).copied().collect();
        let found: Vec<u64> = beats(&fewer, 1000.0 / keep as f64).iter().map(|at| at * keep as u64).collect();
        assert!(
            matched(&all, &found, 40) + 1 >= all.len() && found.len() <= all.len() + 1,
            "every {keep}th: {found:?}"
        );
    }
}

#[test]
fn polarity_gain_and_offset_do_not_matter() {
    let samples = column::<f64>("ecg_mitbih208_360hz");
    let known = beats(&samples[..20 * 360], 360.0);
    let turned: Vec<f64> = samples[..20 * 360].iter().map(|mv| 5000.0 - 1000.0 * mv).collect();
    assert_eq!(beats(&turned, 360.0).len(), known.len());
}

#[test]
fn detection_recovers_from_an_artefact_at_the_start() {
    let mut samples = column::<f64>("ecg_mitbih208_360hz");
    samples.truncate(30 * 360);
    for (n, sample) in samples.iter_mut().enumerate().take(2 * 360) {
        *sample += if n % 40 < 20 { 300.0 } else { -300.0 };
    }
    let known: Vec<u64> = column::<u64>("ecg_mitbih208_beats")
        .into_iter()
        .filter(|at| (15 * 360..29 * 360).contains(at))
        .collect();
    assert!(matched(&known, &beats(&samples, 360.0), 54) + 1 >= known.len());
}

#[test]
fn silence_has_no_beats_and_hostile_values_do_no_harm() {
    assert_eq!(beats(&vec![0.37; 20_000], 250.0), []);
    let mut torn_off = column::<f64>("ecg_mitbih208_360hz");
    torn_off.truncate(10 * 360);
    torn_off.resize(60 * 360, 0.37);
    assert!(beats(&torn_off, 360.0).iter().all(|at| *at < 11 * 360));
    let mut state = 1_u64;
    let wild: Vec<f64> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        match state >> 61 {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::MAX,
            3 => -f64::MAX,
            _ => (state >> 40) as f64,
        }
    })
    .take(50_000)
    .collect();
    let found = beats(&wild, 100.0);
    assert!(found.is_sorted_by(|a, b| a < b) && found.iter().all(|at| *at < 50_000));
    let mut pulses = PulseDetector::new(rate(100.0));
    let pulses: Vec<u64> =
        wild.iter().filter_map(|sample| pulses.push(*sample)).map(|pulse| pulse.at).collect();
    assert!(pulses.is_sorted_by(|a, b| a < b) && pulses.iter().all(|at| *at < 50_000));
}

#[test]
fn pulses_and_their_rate_are_found() {
    let (samples, known) = (column::<f64>("ppg_100hz"), column::<u64>("ppg_pulses"));
    let (mut detector, mut meter) = (PulseDetector::new(rate(100.0)), RateMeter::new(rate(100.0)));
    let found: Vec<u64> =
        samples.iter().filter_map(|sample| detector.push(*sample)).map(|pulse| pulse.at).collect();
    assert_eq!((matched(&known, &found, 5), found.len()), (known.len(), known.len()));
    found.iter().for_each(|at| meter.beat(*at));
    let shown = meter.rate(detector.samples()).unwrap().rounded();
    let last = &known[known.len() - 9..];
    assert_eq!(shown, (8.0 * 6000.0 / (last[8] - last[0]) as f64).round() as u16);
}
