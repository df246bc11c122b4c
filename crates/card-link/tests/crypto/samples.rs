//! Worked examples of standards, for what Wycheproof has no vectors of.

use crate::desk::{DECRYPT, Desk, ENCRYPT, SIGN, VERIFY, curve};

fn hex(digits: &str) -> Vec<u8> {
    hex::decode(digits.replace([' ', '\n'], "")).unwrap()
}

/// RFC 8032, 7.3 and 7.4: name, secret, message, context, `SIG_CIPHER_*`, signature.
#[test]
fn edwards_signatures_with_context_and_digest() {
    let mut desk = Desk::new();
    let rows = [
        // Ed25519ph, "abc".
        (
            257,
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "616263",
            "",
            17,
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
        ),
        // Ed448, one octet with a context.
        (
            514,
            "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
            "03",
            "666f6f",
            16,
            "d4f8f6131770dd46f40867d6fd5d5055de43541f8c5e35abbcd001b32a89f7d2151f7647f11d8ca2ae279fb842d607217fce6e042f6815ea000c85741de5c8da1144a6a1aba7f96de42505d7a7298524fda538fccbbb754f578c1cad10d54d0d5428407e85dcbc98a49155c13764e66c3c00",
        ),
        // Ed448ph, "abc".
        (
            514,
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42ef7822e0d5104127dc05d6dbefde69e3ab2cec7c867c6e2c49",
            "616263",
            "",
            18,
            "822f6901f7480f3d5f562c592994d9693602875614483256505600bbc281ae381f54d6bce2ea911574932f52a4e6cadd78769375ec3ffd1b801a0d9b3f4030cd433964b6457ea39476511214f97469b57dd32dbc560a9a94d00bff07620464a3ad203df7dc7ce360c3cd3696d9d9fab90f00",
        ),
    ];
    for (name, secret, message, context, cipher, expected) in rows {
        desk.named_key(0, name, 0x8000);
        desk.set(0, 8, &hex(secret));
        desk.signature(1, [0, cipher, 0]);
        let parameters = [&[SIGN][..], &hex(context)].concat();
        desk.must(0x32, 1, 0, &parameters);
        for _ in 0..2 {
            // The context holds for every message until the next init.
            assert_eq!(hex::encode(desk.sign(1, &hex(message))), expected, "{name} {cipher}");
        }
        // In pieces as well.
        desk.must(0x33, 1, 0, &[]);
        assert_eq!(hex::encode(desk.sign(1, &hex(message))), expected);
    }
}

/// ICAO 9303-11, appendix G.1: ECDH with both coordinates, and the generic mapping of the nonce.
#[test]
fn pace_maps_the_nonce() {
    let mut desk = Desk::new();
    let brainpool = curve("brainpoolP256r1");
    desk.ec_key(0, 12, &brainpool);
    desk.set(0, 6, &hex("7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99"));
    desk.must(0x50, 1, 0, &[6]);
    desk.must(0x51, 1, 0, &[]);
    let chip = hex("04 824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57
            30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54");
    let shared = desk.must(0x52, 1, 0, &chip);
    let expected = hex("04 60332EF2450B5D247EF6D3868397D398852ED6E8CAF6FFEEF6BF85CA57057FD5
            0840CA7415BAF3E43BD414D35AA4608B93A2CAF3A4E3EA4E82C9C13D03EB7181");
    assert_eq!(hex::encode(&shared), hex::encode(expected));

    desk.ec_key(2, 12, &brainpool);
    desk.set(2, 6, &hex("3F00C4D39D153F2B2A214A078D899B22"));
    desk.must(0x50, 3, 0, &[5]);
    desk.must(0x51, 3, 2, &[]);
    let mapped = desk.must(0x52, 3, 0, &shared);
    let expected = hex("04 8CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2
            8C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522");
    assert_eq!(hex::encode(mapped), hex::encode(expected));
}

/// GB/T 32918.5, appendix A.2: the signature verifies, with the default identity and with it given.
#[test]
fn sm2_signatures() {
    let mut desk = Desk::new();
    desk.named_key(0, 768, 0);
    desk.set(
        0,
        8,
        &hex("04 09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020
                CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"),
    );
    desk.named_key(2, 768, 0x8000);
    desk.set(2, 8, &hex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"));
    desk.signature(1, [12, 11, 0]);
    let signature = hex("3046 022100 F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
              022100 B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA");
    desk.init(1, 0, VERIFY).unwrap();
    assert!(desk.verify(1, b"message digest", &signature));
    assert!(!desk.verify(1, b"message digesT", &signature));
    desk.must(0x32, 1, 0, &[&[VERIFY][..], b"1234567812345678"].concat());
    assert!(desk.verify(1, b"message digest", &signature));
    desk.must(0x32, 1, 0, &[&[VERIFY][..], b"somebody else"].concat());
    assert!(!desk.verify(1, b"message digest", &signature));
    desk.init(1, 2, SIGN).unwrap();
    let own = desk.sign(1, b"another message");
    desk.init(1, 0, VERIFY).unwrap();
    assert!(desk.verify(1, b"another message", &own));
    // What is encrypted to the one key the other decrypts.
    desk.must(0x41, 3, 0, &[13, 0]);
    desk.must(0x42, 3, 0, &[ENCRYPT]);
    let hidden = desk.must(0x43, 3, 0, b"a secret");
    desk.must(0x42, 3, 2, &[DECRYPT]);
    assert_eq!(desk.must(0x43, 3, 0, &hidden), b"a secret");
}

/// Every format of ISO/IEC 9796-2: what fits into the signature comes out of it, and nothing else is accepted.
#[test]
fn signatures_that_hold_part_of_their_message() {
    let mut desk = Desk::new();
    desk.pair(0, 2, 2, 1_024);
    // Digest, padding, and bytes of the message that 1,024 bits hold.
    let rows = [
        (1, 11, 106),
        (3, 11, 106),
        (4, 11, 94),
        (1, 21, 86),
        (1, 22, 106),
        (1, 25, 105),
        (4, 26, 61),
        (1, 27, 105),
    ];
    for (digest, padding, room) in rows {
        desk.signature(1, [digest, 3, padding]);
        for length in [0, 5, room, room + 1, 300] {
            let message: Vec<u8> = (0..length).map(|index| index as u8).collect();
            desk.init(1, 2, SIGN).unwrap();
            let answer = desk.must(0x3A, 1, 0, &message);
            let (held, signature) = answer.split_at(2);
            let held = usize::from(u16::from_be_bytes([held[0], held[1]]));
            assert_eq!(held, length.min(room), "{digest} {padding}");
            desk.init(1, 0, VERIFY).unwrap();
            let mut data =
                [&(signature.len() as u16).to_be_bytes()[..], signature, &message[held..]].concat();
            let recovered = desk.must(0x3B, 1, 0, &data);
            assert_eq!(recovered, [&[1], &message[..held]].concat(), "{digest} {padding} {length}");
            data.push(1);
            assert_eq!(desk.must(0x3B, 1, 0, &data)[0], 0, "{digest} {padding} {length}");
            data[40] ^= 1;
            assert!(desk.send(0x3B, 1, 0, &data).is_err_and(|refused| refused == crate::desk::ILLEGAL_USE));
        }
    }
    // The same encoding without recovery.
    for digest in [9, 12] {
        desk.must(0x30, 1, 0, &[digest]);
        desk.init(1, 2, SIGN).unwrap();
        let message = vec![0x33; 200];
        let signature = desk.sign(1, &message);
        desk.init(1, 0, VERIFY).unwrap();
        assert!(desk.verify(1, &message, &signature));
        assert!(!desk.verify(1, &message[1..], &signature));
    }
}
