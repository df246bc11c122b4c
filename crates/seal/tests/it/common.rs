//! A maker's CA and devices with keys in memory, made afresh for each test.

use ::seal::{
    Batch, Code, Decimal, DeviceId, Flags, Maker, Micros, Purpose, Reading, SealedBatch, Sealer,
    SoftwareSealer, VerifyingKey, sha256,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SignatureAlgorithm,
};

/// 2026-02-02, an instant within the validity of every certificate made here.
pub(crate) const NOW: i64 = 1_770_000_000_000_000;

/// The batch of second `n`: one temperature.
pub(crate) fn batch_of(device: &str, n: i64) -> Batch {
    let unit = "Cel".parse().unwrap();
    let value = Decimal { mantissa: 370 + n, exponent: -1 };
    let reading = Reading::Value { code: Code(150_364), unit, dt_us: 0, value, flags: Flags::SIMULATED };
    Batch { device: device.parse().unwrap(), time: Micros(NOW + n * 1_000_000), readings: vec![reading] }
}

pub(crate) struct TestDevice {
    pub(crate) sealer: SoftwareSealer,
    pub(crate) key: VerifyingKey,
}

impl TestDevice {
    pub(crate) fn new(name: &str) -> Self {
        let sealer = SoftwareSealer::generate().unwrap();
        let device: DeviceId = name.parse().unwrap();
        let key = sealer.verifying_key(device).unwrap();
        Self { sealer, key }
    }

    pub(crate) fn seal(&mut self, batch: &Batch) -> SealedBatch {
        let bytes = batch.encode();
        let seal = self.sealer.seal(&sha256(&bytes)).unwrap();
        SealedBatch::join(&seal, &bytes).unwrap()
    }
}

impl PublicKeyData for TestDevice {
    fn der_bytes(&self) -> &[u8] {
        self.key.sec1_point()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

pub(crate) struct CaKey {
    key: KeyPair,
    params: CertificateParams,
}

impl CaKey {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self { key: KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(), params }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.params.self_signed(&self.key).unwrap().der().to_vec()
    }

    pub(crate) fn trusted(&self) -> Maker {
        Maker::from_der(&self.der()).unwrap()
    }

    pub(crate) fn certify(&self, device: &TestDevice, purpose: Purpose) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2036, 1, 1);
        params.distinguished_name.push(DnType::CommonName, device.key.device().as_str());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if purpose == Purpose::TlsClient {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
        let issuer = Issuer::from_params(&self.params, &self.key);
        params.signed_by(device, &issuer).unwrap().der().to_vec()
    }
}
