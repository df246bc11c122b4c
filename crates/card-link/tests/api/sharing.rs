//! The firewall in natives: objects of one context are out of reach for methods that another one calls with them.

use std::path::Path;

use card_image::api::ApiVersion;
use card_link::gp::Session;
use card_link::{Aid, CardKeys, Element, InProcess};

use crate::common::{build_for, send};

const LENDER: (&str, &str) = ("F04D45444C454E44", "F04D45444C454E4401");
const BORROWER: (&str, &str) = ("F04D4544424F5252", "F04D4544424F525201");

#[test]
fn natives_do_not_reach_objects_of_other_contexts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/java");
    let api = ApiVersion::V3_2;
    let lender = [(LENDER.1, "lender.LenderApplet")];
    let lender = build_for(api, &root.join("lender"), "lender", LENDER.0, &lender, &[]);
    let borrower = [(BORROWER.1, "borrower.Borrower")];
    let borrower = build_for(api, &root.join("borrower"), "borrower", BORROWER.0, &borrower, &[&lender]);
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    for (built, (package, applet)) in [(&lender, LENDER), (&borrower, BORROWER)] {
        let loaded = Session::open(&mut card, &keys).unwrap().load_cap(&built.converted.cap);
        assert!(loaded.is_ok(), "{loaded:?}: {:?}", card.diagnosis());
        let (package, applet): (Aid, Aid) = (package.parse().unwrap(), applet.parse().unwrap());
        Session::open(&mut card, &keys).unwrap().install(&package, &applet, &applet, &[]).unwrap();
    }
    assert_eq!(send(&mut card, &format!("00A4040009{}", BORROWER.1)), "9000");
    assert_eq!(send(&mut card, "8000000000"), format!("{}9000", "01".repeat(10)), "{:?}", card.diagnosis());
}
