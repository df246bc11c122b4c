//! What an application may do beyond its own affairs (Card Specification 2.3.1, 6.6 and tables 11-7 to 11-9).

/// One privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privilege {
    SecurityDomain,
    DapVerification,
    DelegatedManagement,
    CardLock,
    CardTerminate,
    /// Called Card Reset since 2.2: selected by default after a reset.
    CardReset,
    CvmManagement,
    MandatedDap,
    TrustedPath,
    AuthorizedManagement,
    TokenVerification,
    GlobalDelete,
    GlobalLock,
    GlobalRegistry,
    FinalApplication,
    GlobalService,
    ReceiptGeneration,
    CipheredLoad,
    ContactlessActivation,
    ContactlessSelfActivation,
}

impl Privilege {
    /// Its byte and its bit there.
    const fn place(self) -> (usize, u8) {
        match self {
            Self::SecurityDomain => (0, 0x80),
            Self::DapVerification => (0, 0x40),
            Self::DelegatedManagement => (0, 0x20),
            Self::CardLock => (0, 0x10),
            Self::CardTerminate => (0, 0x08),
            Self::CardReset => (0, 0x04),
            Self::CvmManagement => (0, 0x02),
            Self::MandatedDap => (0, 0x01),
            Self::TrustedPath => (1, 0x80),
            Self::AuthorizedManagement => (1, 0x40),
            Self::TokenVerification => (1, 0x20),
            Self::GlobalDelete => (1, 0x10),
            Self::GlobalLock => (1, 0x08),
            Self::GlobalRegistry => (1, 0x04),
            Self::FinalApplication => (1, 0x02),
            Self::GlobalService => (1, 0x01),
            Self::ReceiptGeneration => (2, 0x80),
            Self::CipheredLoad => (2, 0x40),
            Self::ContactlessActivation => (2, 0x20),
            Self::ContactlessSelfActivation => (2, 0x10),
        }
    }
}

/// A set of privileges, as it travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Privileges(pub(crate) [u8; 3]);

/// What this card cannot give anybody, because what they would allow does not exist here: DAP, tokens and receipts,
/// ciphered load files, global services, contactless activation.
const NOT_GIVEN: [Privilege; 9] = [
    Privilege::DapVerification,
    Privilege::DelegatedManagement,
    Privilege::MandatedDap,
    Privilege::TokenVerification,
    Privilege::GlobalService,
    Privilege::ReceiptGeneration,
    Privilege::CipheredLoad,
    Privilege::ContactlessActivation,
    Privilege::ContactlessSelfActivation,
];

/// What only a security domain can have (table 6-2).
const OF_DOMAINS: [Privilege; 3] =
    [Privilege::TrustedPath, Privilege::AuthorizedManagement, Privilege::GlobalDelete];

impl Privileges {
    /// The issuer's: security domain, card lock, terminate and reset, CVM management, trusted path, authorized management,
    /// global delete, lock and registry, final application.
    pub(crate) const ISSUER: Self = Self([0x9E, 0xDE, 0x00]);

    /// Takes one byte or three (11.1.2); none mean none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [] => Some(Self::default()),
            [first] => Some(Self([first, 0, 0])),
            [first, second, third] => Some(Self([first, second, third])),
            _ => None,
        }
    }

    /// Whether a privilege is among them.
    pub(crate) fn has(self, privilege: Privilege) -> bool {
        let (byte, bit) = privilege.place();
        self.0.get(byte).is_some_and(|found| found & bit != 0)
    }

    /// With one more.
    pub(crate) fn with(mut self, privilege: Privilege) -> Self {
        let (byte, bit) = privilege.place();
        if let Some(found) = self.0.get_mut(byte) {
            *found |= bit;
        }
        self
    }

    /// Whether who has `own` can give them: what would let an application reach beyond its domain must be among its own.
    pub(crate) fn within(self, own: Self) -> bool {
        let given = [
            Privilege::CardLock,
            Privilege::CardTerminate,
            Privilege::CardReset,
            Privilege::CvmManagement,
            Privilege::AuthorizedManagement,
            Privilege::GlobalDelete,
            Privilege::GlobalLock,
            Privilege::GlobalRegistry,
            Privilege::FinalApplication,
        ];
        given.into_iter().all(|privilege| !self.has(privilege) || own.has(privilege))
    }

    /// Whether an application can have them: nothing this card does not do, no unknown bit, and nothing of a domain for an
    /// applet.
    pub(crate) fn can_be_given(self) -> bool {
        let [_, _, third] = self.0;
        let domain = self.has(Privilege::SecurityDomain);
        third & 0x0F == 0
            && NOT_GIVEN.iter().all(|privilege| !self.has(*privilege))
            && (domain || OF_DOMAINS.iter().all(|privilege| !self.has(*privilege)))
            // Selected by default and last are applets, or the issuer's domain when no applet is.
            && !(domain && (self.has(Privilege::CardReset) || self.has(Privilege::FinalApplication)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_given_is_what_the_card_does() {
        for (bytes, given) in [
            (&[][..], true),
            (&[0x00], true),
            (&[0x80], true),
            (&[0x04], true),
            (&[0x84], false),
            (&[0xC0], false),
            (&[0xA0], false),
            (&[0x81], false),
            (&[0x80, 0xC0, 0x00], true),
            (&[0x00, 0x40, 0x00], false),
            (&[0x00, 0x02, 0x00], true),
            (&[0x80, 0x20, 0x00], false),
            (&[0x00, 0x01, 0x00], false),
            (&[0x00, 0x00, 0x01], false),
            (&[0x00, 0x00, 0x80], false),
        ] {
            let privileges = Privileges::parse(bytes).unwrap();
            assert_eq!(privileges.can_be_given(), given, "{bytes:02X?}");
        }
        assert!(Privileges::parse(&[0, 0]).is_none());
        assert!(Privileges::ISSUER.has(Privilege::FinalApplication));
        assert!(!Privileges::ISSUER.has(Privilege::TokenVerification));
        assert!(Privileges::default().with(Privilege::TrustedPath).has(Privilege::TrustedPath));
    }
}
