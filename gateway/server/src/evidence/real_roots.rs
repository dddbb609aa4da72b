//! Certificates of the real National Certification Authority. A simulator that trusted them could be taken for the real
//! bus, so it refuses to start with one.

/// SHA-256 of the DER. Source: the authority's published certificates, recomputed.
pub(super) const REAL: [&str; 11] = [
    // Roots.
    "af77725f8328bb24f89d81da3acdf7cee4324248538b7ba2cd2a860517fb9dca",
    "9ba06354b626641715182e4d07c9dbaa1777720fa795d03174ffc68876535dcd",
    "c48164ab5ccaaee6b938299a1e3aeebd6f698bb2bd716a0f0d85befc46166aa2",
    "9ab210e54e6b0343321131202d9edcc2598f598cfdd9ee4ec1056021ab2e9759",
    "a7064abc5699827f370c67b09f1a1bfd7ad5e1514d471223df209c08300ea972",
    // Issuing authorities under them.
    "32c7d233a42703a327f3025543a05b930e3f39a786c68dfa196baa86d5618524",
    "84fb799a66140950818c056a5d9730acc2a7622cdd4ef0d47113b132fb892905",
    "eb5a5318299db447a46619d2a541f026b52c1fce8a1d371262da8f6f2d7bb6f5",
    "74bb80edf34f4594e5e69b79029c64214e67630e3d16b82f952ab6e5956c5fa8",
    "908521d0531e5645e64b34d3588374a3a83582c860e5f7293a04c41217e8cc18",
    "34d1b311a9873191ae3382805df51e0a5da23315c512a8deeb885668ceeb5834",
];

/// Whether a certificate with this fingerprint (lower-case hexadecimal) is the real authority's.
pub(super) fn is_real(fingerprint: &str) -> bool {
    REAL.contains(&fingerprint)
}
