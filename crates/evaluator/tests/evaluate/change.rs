//! A changed product: how far each kind of change reaches, and what is carried over.

use crate::sample::{judge_all, key, parse, sample, stand, store};
use evaluator::catalog::{Catalog, Subject};
use evaluator::diff::{Again, Difference, Side, Step, carries, diff};
use evaluator::product::Evaluation;
use evaluator::verdict::{Outcome, Standing, Verdict};
use std::collections::{BTreeMap, BTreeSet};

type Texts = BTreeMap<String, String>;

/// One edit: the document, what stands there, what shall stand there.
type Edit<'a> = (&'a str, &'a str, &'a str);

/// What changed, how, and what on the product has to be looked at again: these, or all.
type Case<'a> = (&'a str, &'a [Edit<'a>], Option<&'a [&'a [&'a str]]>);

/// What looks at how the product is updated.
const UPDATES: &[&str] = &[
    "5.3-10-1c",
    "5.3-2-2a@UpdMech-1",
    "5.3-2-2b@UpdMech-1",
    "5.3-6-2a@UpdMech-1",
    "5.3-6-2b@UpdMech-1",
    "5.3-6-2c@UpdMech-1",
    "5.3-6-2d@UpdMech-1",
];
/// What looks at the radio's interface, or at all interfaces.
const WIFI: &[&str] = &["5.6-1-2a@Intf-1", "5.6-1-2b", "5.6-2-2a@Intf-1", "5.6-3-2a", "5.6-3-2c@Intf-1"];
/// What looks at the socket, or at all interfaces.
const USB: &[&str] =
    &["5.6-1-2a@Intf-2", "5.6-1-2b", "5.6-2-2a@Intf-2", "5.6-3-2a", "5.6-3-2b@Intf-2", "5.6-4-2b@Intf-2"];
/// What looks at the TLS library.
const TLS: &[&str] = &["5.5-2-2a@NetSecImpl-1"];

const SOFT_COMP: &str = "ixit/06-soft-comp.toml";
const NET_SEC_IMPL: &str = "ixit/12-net-sec-impl.toml";
const INTF: &str = "ixit/15-intf.toml";

fn edited(texts: &Texts, edits: &[Edit<'_>]) -> Texts {
    let mut texts = texts.clone();
    for (path, from, to) in edits {
        let text = texts.get_mut(*path).unwrap_or_else(|| panic!("{path}"));
        assert!(text.contains(from), "{path} has no {from}");
        *text = text.replacen(from, to, 1);
    }
    texts
}

/// The sample, which says where its two components are at work.
fn named(catalog: &Catalog) -> Texts {
    let tls = "TLS library rustls 0.23 with aws-lc-rs";
    edited(
        &sample(catalog),
        &[
            (NET_SEC_IMPL, tls, "TLS library rustls 0.23 with aws-lc-rs, in SoftComp-1"),
            (
                INTF,
                "Wi-Fi 802.11 b/g/n, TCP port 443 open",
                "Wi-Fi 802.11 b/g/n by SoftComp-2, TCP port 443 open",
            ),
        ],
    )
}

fn compared(catalog: &Catalog, old: (&Evaluation, &Standing), new: (&Evaluation, &Standing)) -> Difference {
    diff(
        catalog,
        Side { evaluation: old.0, outcomes: &old.1.outcomes, ledger: &old.1.ledger },
        Side { evaluation: new.0, outcomes: &new.1.outcomes, ledger: &new.1.ledger },
    )
}

/// The targets that are done again for one of these reasons.
fn again(difference: &Difference, is_reason: impl Fn(&Again) -> bool) -> BTreeSet<String> {
    let steps = difference.steps.iter().filter_map(|(target, step)| match step {
        Step::Again(why) => why.iter().any(&is_reason).then(|| target.to_string()),
        Step::Carried(_) | Step::Documents => None,
    });
    steps.collect()
}

#[test]
fn a_change_of_a_component_reaches_what_the_declaration_connects_it_with() {
    let catalog = Catalog::embedded().unwrap();
    let base = named(&catalog);
    let old = parse(&catalog, &base);
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    judge_all(&catalog, &old, &store, folder.path(), "pass");
    let before = stand(&catalog, &old, &store);
    assert_eq!(before.conclusion.verdict, Verdict::Pass);
    let on_product: BTreeSet<String> = before
        .outcomes
        .iter()
        .filter(|(target, outcome)| {
            catalog.unit(target.unit).unwrap().subject == Subject::Product && !outcome.entries().is_empty()
        })
        .map(|(target, _)| target.to_string())
        .collect();
    let radio = (SOFT_COMP, "Firmware of the radio module", "Firmware of the radio module, 2.0");
    let application = (SOFT_COMP, "Application and operating system image", "Application, Linux 6.12");
    let version: Edit<'_> = ("dut.toml", "software-version = \"", "software-version = \"9");
    let hardware: Edit<'_> = ("dut.toml", "hardware-version = \"", "hardware-version = \"9");
    let added = (
        SOFT_COMP,
        "[[row]]\nid = \"SoftComp-2\"",
        "[[row]]\nid = \"SoftComp-3\"\ndescription = \"A new one\"\nupdate-mechanism = [\"UpdMech-1\"]\ncryptographic-usage = \"none\"\n\n[[row]]\nid = \"SoftComp-2\"",
    );
    let named_elsewhere = (INTF, "USB-C port, power only", "USB-C port, power only, by SoftComp-3");
    let table: &[Case<'_>] = &[
        ("nothing", &[], Some(&[])),
        ("the radio's firmware", &[radio], Some(&[UPDATES, WIFI])),
        ("the same, in a new version", &[radio, version], Some(&[UPDATES, WIFI])),
        ("the application", &[application], Some(&[UPDATES, TLS])),
        ("both", &[application, radio], Some(&[UPDATES, TLS, WIFI])),
        ("a new one that nothing names", &[added], None),
        ("a new one that an interface names", &[added, named_elsewhere], Some(&[UPDATES, USB])),
        ("a new version that nothing explains", &[version], None),
        ("new hardware, and a component", &[hardware, radio], None),
    ];
    for (what, edits, expected) in table {
        let new = parse(&catalog, &edited(&base, edits));
        let after = stand(&catalog, &new, &store);
        let difference = compared(&catalog, (&old, &before), (&new, &after));
        let found = again(&difference, |why| match why {
            Again::Components(_) | Again::UnknownReach(_) | Again::UnknownChange | Again::Hardware => true,
            Again::NothingKnown | Again::Declaration | Again::Procedure(_) => false,
        });
        let listed = expected.map(|lists| lists.concat().into_iter().map(str::to_owned).collect());
        assert_eq!(found, listed.unwrap_or_else(|| on_product.clone()), "{what}");
    }
}

#[test]
fn what_stays_is_carried_over_by_an_assessor_and_the_rest_is_done_again() {
    let catalog = Catalog::embedded().unwrap();
    let base = named(&catalog);
    let old = parse(&catalog, &base);
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    judge_all(&catalog, &old, &store, folder.path(), "pass");
    let before = stand(&catalog, &old, &store);
    let changed = edited(
        &base,
        &[
            (SOFT_COMP, "Firmware of the radio module", "Firmware of the radio module, 2.0"),
            ("dut.toml", "software-version = \"", "software-version = \"9"),
        ],
    );
    let new = parse(&catalog, &changed);
    let after = stand(&catalog, &new, &store);
    assert_eq!(after.conclusion.verdict, Verdict::Inconclusive);
    let difference = compared(&catalog, (&old, &before), (&new, &after));
    let side = Side { evaluation: &new, outcomes: &after.outcomes, ledger: &after.ledger };
    let events = carries(&catalog, side, &difference, "only the radio changed");
    let (carried, to_do) = (events.len(), again(&difference, |_| true).len());
    assert!(carried > 10 && to_do > 5, "{carried} carried, {to_do} again");
    let at = "2026-03-01T11:00:00Z".parse().unwrap();
    for event in events {
        store.append("Ada", at, event, &key(1)).unwrap();
    }
    let after = stand(&catalog, &new, &store);
    assert_eq!(after.refused, []);
    assert_eq!(after.conclusion.verdict, Verdict::Inconclusive);
    let outdated = after.outcomes.iter().filter(|(_, outcome)| !outcome.is_current()).count();
    assert!(outdated > 0 && outdated <= to_do, "{outdated} of {to_do}");
    let steps = compared(&catalog, (&old, &before), (&new, &after)).steps;
    for (target, step) in &steps {
        let is_current = after.outcomes.get(target).is_some_and(Outcome::is_current);
        match step {
            Step::Carried(_) | Step::Documents => assert!(is_current, "{target}"),
            Step::Again(_) => {}
        }
    }
    // A second run has nothing more to carry, and doing the rest again ends it.
    let side = Side { evaluation: &new, outcomes: &after.outcomes, ledger: &after.ledger };
    let difference = compared(&catalog, (&old, &before), (&new, &after));
    assert_eq!(carries(&catalog, side, &difference, "again").len(), 0);
    judge_all(&catalog, &new, &store, folder.path(), "pass");
    assert_eq!(stand(&catalog, &new, &store).conclusion.verdict, Verdict::Pass);
}
