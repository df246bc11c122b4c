//! The commands of `applets/README.md`, as they stand there.

use crate::reader::{VirtualReader, succeeded};
use crate::support::shown;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../../../../applets/README.md");

/// The lines of the first two blocks of commands after a heading.
fn blocks(heading: &str) -> [Vec<&'static str>; 2] {
    let section = README.split_once(heading).unwrap().1;
    let mut blocks = section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    [(); 2].map(|()| blocks.next().unwrap().lines().collect())
}

/// Runs a line as a person would, in a folder.
fn shell(mut command: Command, folder: &Path, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_medseal")).parent().unwrap();
    let line = format!("cd {} && PATH={}:$PATH && {line}", shown(folder), shown(program));
    let output = command.args(["-c", &line]).env("MEDSEAL_LOG", "off").output().unwrap();
    succeeded("sh", &[&line], &output)
}

#[test]
fn five_commands_lead_to_a_signature() {
    let [setup, check] = blocks("## A PIV card in five commands");
    let [new, piv, serve, list, sign] = setup[..] else { panic!("{setup:?}") };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("letter"), b"Dear Bob").unwrap();
    shell(Command::new("sh"), folder, new);
    shell(Command::new("sh"), folder, piv);
    // What this line does where the test may do it.
    assert_eq!(serve, "medseal card serve my.card &");
    let reader = VirtualReader::start(&shown(&folder.join("my.card")));
    let listed = shell(reader.command("sh"), folder, list);
    assert_eq!(listed.matches("Private EC Key").count(), 4, "{listed}");
    assert_eq!(listed.matches("X.509 Certificate").count(), 4, "{listed}");
    shell(reader.command("sh"), folder, sign);
    let said: String = check.iter().map(|line| shell(Command::new("sh"), folder, line)).collect();
    assert!(said.contains("Verified OK"), "{said}");

    // Each certificate is the authority's, and nobody else reads the secrets.
    for slot in ["9A", "9C", "9D", "9E"] {
        let line = format!("openssl verify -CAfile alice/authority.pem alice/{slot}.pem");
        assert!(shell(Command::new("sh"), folder, &line).contains("OK"));
    }
    for secret in ["pin", "puk", "admin.key"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.join("alice").join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{secret}");
    }
    // Its exit code is no word on what it did: it has the length of what it wrote in it.
    let line =
        "PIV_EXT_AUTH_KEY=alice/admin.key piv-tool --admin M:9B:0C --cert 9A --in alice/9C.pem || true";
    shell(reader.command("sh"), folder, line);
    let read = shell(reader.command("sh"), folder, "pkcs15-tool --read-certificate 1");
    assert_eq!(read.trim(), std::fs::read_to_string(folder.join("alice/9C.pem")).unwrap().trim());
}
