//! The methods of the parameters' interfaces, by number.

use card_image::api::MemberId;

use crate::calls::member;

/// Turns `"interface" { NAME = "method" "descriptor"; }` into constants of the methods' numbers; a misspelt one does not
/// compile.
macro_rules! getters {
    ($($interface:literal { $($name:ident = $method:literal $descriptor:literal;)* })*) => {
        $($(pub(super) const $name: MemberId = member!($interface, $method, $descriptor);)*)*
    };
}

getters! {
    "javacardx/security/derivation/KDFCounterModeSpec" {
        COUNTER_ALGORITHM = "getAlgorithm" "()B";
        COUNTER_SECRET = "getSecret" "()Ljavacard/security/SecretKey;";
        COUNTER_BEFORE = "getInputDataBeforeCounter" "()[B";
        COUNTER_AFTER = "getInputDataAfterCounter" "()[B";
        COUNTER_OUTPUT = "getOutputLength" "()S";
        COUNTER_WIDTH = "getCounterLength" "()S";
    }
    "javacardx/security/derivation/KDFDoublePipelineIterationModeSpec" {
        PIPELINE_ALGORITHM = "getAlgorithm" "()B";
        PIPELINE_SECRET = "getSecret" "()Ljavacard/security/SecretKey;";
        PIPELINE_INPUT = "getInputData" "()[B";
        PIPELINE_OUTPUT = "getOutputLength" "()S";
        PIPELINE_WIDTH = "getCounterLength" "()S";
    }
    "javacardx/security/derivation/KDFFeedbackModeSpec" {
        FEEDBACK_ALGORITHM = "getAlgorithm" "()B";
        FEEDBACK_SECRET = "getSecret" "()Ljavacard/security/SecretKey;";
        FEEDBACK_INPUT = "getInputData" "()[B";
        FEEDBACK_IV = "getIV" "()[B";
        FEEDBACK_OUTPUT = "getOutputLength" "()S";
        FEEDBACK_WIDTH = "getCounterLength" "()S";
    }
    "javacardx/security/derivation/KDFHmacSpec" {
        HKDF_ALGORITHM = "getAlgorithm" "()B";
        HKDF_SECRET = "getSecret" "()[B";
        HKDF_INFO = "getInfo" "()[B";
        HKDF_SALT = "getSalt" "()[B";
        HKDF_OUTPUT = "getOutputLength" "()S";
    }
    "javacardx/security/derivation/TLSKDFExpandLabelSpec" {
        LABEL_ALGORITHM = "getAlgorithm" "()B";
        LABEL_SECRET = "getSecret" "()[B";
        LABEL_PREFIX = "getLabelPrefix" "()S";
        LABEL_LABEL = "getLabel" "()[B";
        LABEL_CONTEXT = "getContext" "()[B";
        LABEL_OUTPUT = "getOutputLength" "()S";
    }
    "javacardx/security/derivation/TLSPseudoRandomFunctionSpec" {
        TLS_SECRET = "getSecret" "()Ljavacard/security/SecretKey;";
        TLS_SEED = "getSeed" "()[B";
    }
    "javacardx/security/derivation/KDFAnsiX963Spec" {
        X963_ALGORITHM = "getAlgorithm" "()B";
        X963_SECRET = "getSecret" "()[B";
        X963_INFO = "getSharedInfo" "()[B";
        X963_OUTPUT = "getOutputLength" "()S";
    }
    "javacardx/security/derivation/KDFIeee1363Spec" {
        IEEE_ALGORITHM = "getAlgorithm" "()B";
        IEEE_SECRET = "getSecret" "()[B";
        IEEE_PARAMETERS = "getParameters" "()[B";
    }
    "javacardx/security/derivation/KDFIcaoMrtdSpec" {
        ICAO_ALGORITHM = "getAlgorithm" "()B";
        ICAO_SECRET = "getSecret" "()[B";
        ICAO_COUNTER = "getCounter" "()[B";
    }
}
