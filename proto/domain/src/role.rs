//! What a certificate says its holder may do: roles by extended key usage.
//! Source: the national authority's certificate profile (order V2000021440), arc 1.2.398.3.3.4.

use serde::{Deserialize, Serialize};

/// Role of a certificate's holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateRole {
    /// First head of an organisation.
    ChiefExecutive,
    /// Employee of an organisation.
    Employee,
    /// Employee with the right to sign financial documents.
    FinancialSignatory,
    /// Employee of the personnel office.
    HumanResources,
    /// A natural person.
    Individual,
    /// An organisation's information system.
    InformationSystem,
    /// Any certificate of an organisation; stands beside the finer role.
    Organization,
    /// Employee with the right to sign.
    Signatory,
    /// Client of the treasury system.
    TreasuryClient,
}

impl CertificateRole {
    /// The one table: role, extended key usage, name.
    pub const TABLE: [(Self, &'static str, &'static str); 9] = [
        (Self::ChiefExecutive, "1.2.398.3.3.4.1.2.1", "chief-executive"),
        (Self::Employee, "1.2.398.3.3.4.1.2.5", "employee"),
        (Self::FinancialSignatory, "1.2.398.3.3.4.1.2.3", "financial-signatory"),
        (Self::HumanResources, "1.2.398.3.3.4.1.2.4", "human-resources"),
        (Self::Individual, "1.2.398.3.3.4.1.1", "individual"),
        (Self::InformationSystem, "1.2.398.3.3.4.1.2.6", "information-system"),
        (Self::Organization, "1.2.398.3.3.4.1.2", "organization"),
        (Self::Signatory, "1.2.398.3.3.4.1.2.2", "signatory"),
        (Self::TreasuryClient, "1.2.398.5.19.1.2.2.1", "treasury-client"),
    ];

    fn row(self) -> (Self, &'static str, &'static str) {
        // The table has a row for every variant; a test holds it to that.
        Self::TABLE.into_iter().find(|row| row.0 == self).unwrap_or(Self::TABLE[0])
    }

    /// Dotted object identifier of the extended key usage.
    pub fn oid(self) -> &'static str {
        self.row().1
    }

    /// Name in data, flags and JSON.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// The role of an extended key usage.
    pub fn from_oid(oid: &str) -> Option<Self> {
        Self::TABLE.into_iter().find(|row| row.1 == oid).map(|row| row.0)
    }

    /// The role of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::TABLE.into_iter().find(|row| row.2 == name).map(|row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::CertificateRole as Role;

    #[test]
    fn every_role_has_its_own_row() {
        let all = [
            Role::ChiefExecutive,
            Role::Employee,
            Role::FinancialSignatory,
            Role::HumanResources,
            Role::Individual,
            Role::InformationSystem,
            Role::Organization,
            Role::Signatory,
            Role::TreasuryClient,
        ];
        for role in all {
            assert_eq!(Role::from_oid(role.oid()), Some(role));
            assert_eq!(Role::parse(role.name()), Some(role));
        }
    }
}
