//! Nothing of a message vanishes: every segment has its line in the account, whatever stands in it.

use clinical::account::{Account, Fate};
use clinical::adt;
use clinical::alarm;
use clinical::hl7::{Message, Zone, decode};
use clinical::pcd;
use clinical::pcim;
use clinical::query;
use proptest::prelude::*;

const PCD01: &str = include_str!("../../../testdata/hl7/pcd01.hl7");
const OTHERS: [&str; 4] = [
    "MSH|^~\\&|A|B|C|D|20240301101500+0100||ADT^A40^ADT_A39|1|P|2.5\rEVN|A40|20240301101500\rPID|||1^^^H^MR||Doe^Jane||19600229|F\rMRG|2^^^H^MR\rPV1||I|ICU^1^2^H\r",
    "MSH|^~\\&|A|B|C|D|20240301101500||ORU^R40^ORU_R40|2|P|2.6\rPID|||1^^^H^MR\rOBR|1||X1^M|196616^MDC_EVT_ALARM^MDC|||20240301101400\rOBX|1|CWE|196616^^MDC|1.0.0.0.1|196670^low^MDC|||A~PM~SP|||F\rOBX|2|NM|150456^^MDC|1.0.0.0.2|88|262688||||F\rOBX|3|ST|68481^^MDC|1.0.0.0.3|start||||||F\r",
    "MSH|^~\\&|A|B|C|D|20240301101500||ORU^R01^ORU_R01|3|P|2.6\rPID|||1^^^H^MR\rOBR|1||A1^S|69136^^MDC|||20240301101000\rOBX|1|CWE|68487^^MDC|0.0.0.0|198332^^MDC||||||F\rPRT|1|AD||EQUIP|||||ICU^12^4|PUMP-9^^00A0370098007A80^EUI-64\r",
    "MSH|^~\\&|A|B|C|D|20240301101500||QBP^Q22^QBP_Q21|4|P|2.5\rQPD|Q22|TAG|@PID.3.1^4711~@PV1.3.3^3\rRCP|I\r",
];

/// The segments of v2.6 and PRT of v2.7, and two of nobody's.
const NAMES: &str = "ABS ACC ADD AFF AIG AIL AIP AIS AL1 APR ARQ AUT BHS BLC BLG BPO BPX BTS BTX CDM CER CM0 CM1 CM2 CNS CON CSP CSR CSS CTD CTI DB1 \
    DG1 DMI DRG DSC DSP ECD ECR EDU EQL EQP EQU ERQ ERR EVN FAC FHS FT1 FTS GOL GP1 GP2 GT1 IAM IIM ILT IN1 IN2 IN3 INV IPC IPR ISD ITM IVC IVT LAN LCC LCH \
    LDP LOC LRL MFA MFE MFI MRG MSA NCK NDS NK1 NPU NSC NST NTE OBR OBX ODS ODT OM1 OM2 OM3 OM4 OM5 OM6 OM7 ORC ORG OVR PCE PCR PD1 PDA PDC PEO PES PID PKG PMT \
    PR1 PRA PRB PRC PRD PRT PSG PSH PSL PSS PTH PV1 PV2 PYE QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS RMI ROL RQ1 RQD RXA RXC RXD RXE RXG RXO RXR SAC \
    SCD SCH SCP SDD SFT SID SLT SPM STF STZ TCC TCD TQ1 TQ2 TXA UAC UB1 UB2 URD URS VAR VND ZL7 ZQ1";

#[test]
fn a_message_with_a_segment_of_every_kind_leaves_none_out() {
    for base in OTHERS.iter().copied().chain([PCD01]) {
        for empty in [true, false] {
            let more: String = NAMES
                .split_whitespace()
                .map(|name| if empty { format!("{name}\r") } else { format!("{name}|1|x|y\r") })
                .collect();
            let text = format!("{}\r{more}", base.trim_end());
            let message = Message::parse(&text).unwrap();
            let account = Account::of(&message, &Zone::UTC);
            let names: Vec<_> =
                account.entries().iter().map(|entry| (entry.segment, entry.name().to_owned())).collect();
            let expected: Vec<_> =
                message.segments().iter().map(|it| (it.number(), it.name().to_owned())).collect();
            assert_eq!(names, expected);
            assert!(account.entries().iter().all(|entry| !entry.fate.to_string().is_empty()));
        }
    }
}

#[test]
fn the_account_of_a_good_message_reports_nothing() {
    for text in OTHERS.iter().copied().chain([PCD01]) {
        let message = Message::parse(text).unwrap();
        let account = Account::of(&message, &Zone::UTC);
        assert_eq!(account.reported().count(), 0, "{text}");
        assert!(
            account.entries().iter().filter(|entry| matches!(entry.fate, Fate::Mapped(_))).count() >= 2,
            "{account:?}"
        );
    }
}

/// All decoders on one text: none may panic, and what is decoded has an account of all.
fn decode_all(text: &str) {
    let Ok(message) = Message::parse(text) else { return };
    let count = message.segments().len();
    let accounts = [
        pcd::readings(&message, &Zone::UTC).map(|it| it.account).ok(),
        adt::read(&message, &Zone::UTC).map(|it| it.account).ok(),
        alarm::read(&message, &Zone::UTC).map(|it| it.account).ok(),
        pcim::read(&message, &Zone::UTC).map(|it| it.account).ok(),
        query::read(&message).map(|it| it.account).ok(),
        Some(Account::of(&message, &Zone::UTC)),
    ];
    assert!(accounts.iter().flatten().all(|account| account.entries().len() == count));
}

proptest! {
    #[test]
    fn a_mutated_message_is_read_or_refused(which in 0..5_usize, changes in proptest::collection::vec((0..1600_usize, prop_oneof![Just(b'|'), Just(b'^'), Just(b'~'), Just(b'&'), Just(b'\r'), Just(b'9'), any::<u8>()]), 1..20), cut in 0..1800_usize) {
        let mut bytes = OTHERS.get(which).copied().unwrap_or(PCD01).as_bytes().to_vec();
        let length = bytes.len();
        for (at, byte) in changes {
            bytes[at % length] = byte;
        }
        bytes.truncate(cut.max(20));
        if let Ok(text) = decode(&bytes) {
            decode_all(&text);
        }
    }

    #[test]
    fn segments_in_any_order_are_read_or_refused(order in proptest::collection::vec((0..5_usize, 0..20_usize), 0..30)) {
        let segments = order.iter().map(|(which, segment)| {
            let all: Vec<_> = OTHERS.get(*which).copied().unwrap_or(PCD01).trim_end().split('\r').collect();
            all[1 + segment % (all.len() - 1)]
        });
        let body: Vec<_> = segments.collect();
        for head in OTHERS.iter().copied().chain([PCD01]).filter_map(|text| text.split('\r').next()) {
            decode_all(&format!("{head}\r{}", body.join("\r")));
        }
    }
}
