//! HL7 v2, IHE PCD and FHIR codecs.
