//! HL7 v2 over MLLP: what bedside gateways and admission systems send.

pub mod decode;
