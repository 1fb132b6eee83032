//! A strict reader of Prometheus' text format 0.0.4, written from its description alone.
#![allow(dead_code, reason = "no test needs all of it")]

use std::collections::{BTreeMap, BTreeSet};

/// Labels of a sample, in the order they were written.
pub(crate) type Labels = Vec<(String, String)>;

#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) kind: String,
    /// Name, labels and value of each sample.
    pub(crate) samples: Vec<(String, Labels, f64)>,
}

impl Family {
    /// The value of the sample with these labels, whatever else it has.
    pub(crate) fn value(&self, labels: &[(&str, &str)]) -> f64 {
        let has =
            |found: &Labels| labels.iter().all(|(n, v)| found.iter().any(|(name, value)| name == n && value == v));
        let mut found = self.samples.iter().filter(|(_, labels, _)| has(labels));
        let value = found.next().unwrap_or_else(|| panic!("no sample {labels:?} in {self:?}")).2;
        assert!(found.next().is_none(), "two samples {labels:?} in {self:?}");
        value
    }
}

fn is_name(name: &str, colons: bool) -> bool {
    let legal = |c: char| c.is_ascii_alphabetic() || c == '_' || (colons && c == ':');
    name.starts_with(legal) && name.chars().all(|c| legal(c) || c.is_ascii_digit())
}

/// Reads `text`, or panics with the line that is wrong.
pub(crate) fn read(text: &str) -> BTreeMap<String, Family> {
    assert!(text.ends_with('\n') && !text.contains('\r'));
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut lines = text.lines().peekable();
    let mut last = String::new();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')).expect(line).0.to_owned();
        let (typed, kind) = lines.next().and_then(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).expect(line);
        assert!(typed == name && is_name(&name, true) && name > last, "{line}");
        assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
        let mut family = Family { kind: kind.to_owned(), samples: Vec::new() };
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            family.samples.push(sample(line));
        }
        check(&name, &family);
        last.clone_from(&name);
        families.insert(name, family);
    }
    families
}

fn sample(line: &str) -> (String, Labels, f64) {
    let end = line.find(['{', ' ']).expect(line);
    let (name, mut rest) = (line[..end].to_owned(), &line[end..]);
    assert!(is_name(&name, true), "{line}");
    let mut labels = Labels::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").expect(line);
            assert!(is_name(label, false), "{line}");
            let mut value = String::new();
            let mut chars = after.chars();
            loop {
                match chars.next().expect(line) {
                    '"' => break,
                    '\\' => value.push(match chars.next().expect(line) {
                        'n' => '\n',
                        c @ ('\\' | '"') => c,
                        c => panic!("escape {c} in {line}"),
                    }),
                    c => value.push(c),
                }
            }
            labels.push((label.to_owned(), value));
            rest = chars.as_str();
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').expect(line);
    }
    let value = rest.strip_prefix(' ').expect(line).parse().expect(line);
    (name, labels, value)
}

/// A line of a histogram: its suffix, its bound if it is a bucket, its value.
type Part<'a> = (&'a str, Option<&'a str>, f64);

fn check(name: &str, family: &Family) {
    let mut seen = BTreeSet::new();
    for (sample, labels, value) in &family.samples {
        assert!(seen.insert((sample.clone(), labels.clone())), "{sample} {labels:?} twice");
        assert!(value.is_finite() && (family.kind == "gauge" || *value >= 0.0), "{sample} {value}");
        let own: Vec<&String> = labels.iter().map(|(name, _)| name).filter(|name| *name != "le").collect();
        assert!(own.is_sorted_by(|one, two| one < two), "{sample} {labels:?}");
        if family.kind != "histogram" {
            assert_eq!(sample, name);
        }
    }
    if family.kind != "histogram" {
        return;
    }
    let mut by_labels: BTreeMap<Labels, Vec<Part<'_>>> = BTreeMap::new();
    for (sample, labels, value) in &family.samples {
        let own = labels.iter().filter(|(name, _)| name != "le").cloned().collect();
        let bound = labels.iter().find(|(name, _)| name == "le").map(|(_, bound)| bound.as_str());
        by_labels.entry(own).or_default().push((sample.strip_prefix(name).expect("a suffix"), bound, *value));
    }
    for (labels, samples) in by_labels {
        let buckets: Vec<(f64, f64)> = samples
            .iter()
            .filter(|(suffix, ..)| *suffix == "_bucket")
            .map(|(_, bound, count)| (bound.expect("a bound").parse().expect("a bound"), *count))
            .collect();
        assert!(buckets.is_sorted_by(|one, two| one.0 < two.0 && one.1 <= two.1), "{name} {labels:?}");
        let rest: Vec<_> = samples.iter().skip(buckets.len()).collect();
        let [("_sum", None, sum), ("_count", None, count)] = rest[..] else { panic!("{name} {samples:?}") };
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, *count)), "{name} {labels:?}");
        assert!(*count > 0.0 || *sum == 0.0);
    }
}
