//! The site's authority and the forms of certificates, which a ward, a site to load and a card's holder have in common.

pub(crate) use load::pki::{ServerFiles, SiteCa, named, pem};
