//! The platform's classes that the machine itself has to know: the exceptions it throws, and the marks it looks for.

use card_image::api::{ClassId, MemberId, find_class, find_member};

const fn class(name: &str) -> ClassId {
    match find_class(name) {
        Some(class) => class,
        None => ClassId(u16::MAX),
    }
}

/// `java.lang.Object`.
pub const OBJECT: ClassId = class("java/lang/Object");
/// `java.lang.Throwable`.
pub const THROWABLE: ClassId = class("java/lang/Throwable");
/// `java.lang.ArrayIndexOutOfBoundsException`.
pub const INDEX_OUT_OF_BOUNDS: ClassId = class("java/lang/ArrayIndexOutOfBoundsException");
/// `java.lang.NegativeArraySizeException`.
pub const NEGATIVE_ARRAY_SIZE: ClassId = class("java/lang/NegativeArraySizeException");
/// `java.lang.NullPointerException`.
pub const NULL_POINTER: ClassId = class("java/lang/NullPointerException");
/// `java.lang.ClassCastException`.
pub const CLASS_CAST: ClassId = class("java/lang/ClassCastException");
/// `java.lang.ArithmeticException`.
pub const ARITHMETIC: ClassId = class("java/lang/ArithmeticException");
/// `java.lang.SecurityException`.
pub const SECURITY: ClassId = class("java/lang/SecurityException");
/// `java.lang.ArrayStoreException`.
pub const ARRAY_STORE: ClassId = class("java/lang/ArrayStoreException");
/// `javacard.framework.Shareable`.
pub const SHAREABLE: ClassId = class("javacard/framework/Shareable");
/// `javacard.framework.AID`.
pub const AID: ClassId = class("javacard/framework/AID");
/// `javacard.framework.CardException`.
pub const CARD_EXCEPTION: ClassId = class("javacard/framework/CardException");
/// `javacard.framework.CardRuntimeException`.
pub const CARD_RUNTIME_EXCEPTION: ClassId = class("javacard/framework/CardRuntimeException");
/// `javacard.framework.SystemException`.
pub const SYSTEM_EXCEPTION: ClassId = class("javacard/framework/SystemException");
/// `javacard.framework.TransactionException`.
pub const TRANSACTION_EXCEPTION: ClassId = class("javacard/framework/TransactionException");

/// The constructor of `java.lang.Object`, which does nothing.
pub const OBJECT_INIT: Option<MemberId> = find_member("java/lang/Object", "<init>", "()V");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_them_is_in_the_table() {
        let all = [
            OBJECT,
            THROWABLE,
            INDEX_OUT_OF_BOUNDS,
            NEGATIVE_ARRAY_SIZE,
            NULL_POINTER,
            CLASS_CAST,
            ARITHMETIC,
            SECURITY,
            ARRAY_STORE,
            SHAREABLE,
            AID,
            CARD_EXCEPTION,
            CARD_RUNTIME_EXCEPTION,
            SYSTEM_EXCEPTION,
            TRANSACTION_EXCEPTION,
        ];
        assert!(all.iter().all(|class| class.get().is_some()));
        assert!(OBJECT_INIT.is_some());
    }
}
