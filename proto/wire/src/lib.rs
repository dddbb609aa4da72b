//! Generated types of the bus's protocol, and nothing else: no hand-written logic lives here.
//! The contract, with units and rules on every field, is in the `.proto` files beside this crate.
#![expect(
    missing_docs,
    clippy::all,
    reason = "generated from the .proto files, which carry the documentation"
)]
#![allow(
    clippy::allow_attributes_without_reason,
    clippy::use_self,
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines,
    clippy::doc_markdown,
    unused_qualifications,
    elided_lifetimes_in_paths,
    unreachable_pub,
    reason = "generated code is not ours to style"
)]

/// Every file of the protocol, for server reflection and dynamic clients.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

macro_rules! package {
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
    };
}

// The module tree mirrors the package names: generated code refers to its neighbours by these paths.
pub mod eush {
    pub mod adapter {
        pub mod v1 {
            package!("eush.adapter.v1");
        }
    }
    pub mod application {
        pub mod v1 {
            package!("eush.application.v1");
        }
    }
    pub mod bus {
        pub mod v1 {
            package!("eush.bus.v1");
        }
    }
    pub mod conformance {
        pub mod v1 {
            package!("eush.conformance.v1");
        }
    }
    pub mod eds {
        pub mod v1 {
            package!("eush.eds.v1");
        }
    }
    pub mod management {
        pub mod v1 {
            package!("eush.management.v1");
        }
    }
    pub mod registry {
        pub mod elicense {
            pub mod v1 {
                package!("eush.registry.elicense.v1");
            }
        }
        pub mod enbek {
            pub mod v1 {
                package!("eush.registry.enbek.v1");
            }
        }
        pub mod enis {
            pub mod v1 {
                package!("eush.registry.enis.v1");
            }
        }
        pub mod eqa {
            pub mod v1 {
                package!("eush.registry.eqa.v1");
            }
        }
        pub mod esobes {
            pub mod v1 {
                package!("eush.registry.esobes.v1");
            }
        }
        pub mod gbdfl {
            pub mod v1 {
                package!("eush.registry.gbdfl.v1");
            }
        }
        pub mod gbdul {
            pub mod v1 {
                package!("eush.registry.gbdul.v1");
            }
        }
        pub mod monitoring {
            pub mod v1 {
                package!("eush.registry.monitoring.v1");
            }
        }
        pub mod oralman {
            pub mod v1 {
                package!("eush.registry.oralman.v1");
            }
        }
        pub mod regional {
            pub mod v1 {
                package!("eush.registry.regional.v1");
            }
        }
        pub mod shzhk {
            pub mod v1 {
                package!("eush.registry.shzhk.v1");
            }
        }
        pub mod zhao {
            pub mod v1 {
                package!("eush.registry.zhao.v1");
            }
        }
    }
}

pub use eush::{adapter, application, bus, conformance, eds, management, registry};
