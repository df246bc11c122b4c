//! Who somebody is to a broker.

use zeroize::Zeroizing;

/// A name at a broker and its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn a_password_is_in_no_log() {
        let account = Account { user: "ward-7".into(), password: "correct horse".to_owned().into() };
        let shown = format!("{account:?}");
        assert!(shown.contains("ward-7") && !shown.contains("horse"), "{shown}");
    }
}
