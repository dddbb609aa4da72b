//! What systems that take many public services know of each: whose it is, which papers it wants, what comes out.
//! A service that has no row is still taken, with the identity document alone and a plain notification: the regulation
//! decides what exists, not this table.

use eush_adapter_kit::Delivery;
use eush_domain::Text;

/// One public service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublicService {
    /// Regulation id, as `<region>/<service>`.
    pub(crate) regulation: &'static str,
    /// Organisation that provides it.
    pub(crate) provider: &'static str,
    /// Kind of the result.
    pub(crate) kind: &'static str,
    /// Title of the result.
    pub(crate) title: Text,
    /// What the result says.
    pub(crate) text: Text,
    /// Papers beside those of the body.
    pub(crate) papers: &'static [&'static str],
}

/// The identity document alone.
pub(crate) const IDENTITY: &[&str] = &["identity-document"];

const DECIDED: Text = Text {
    kk: "Өтінішіңіз қаралды, қызмет көрсетілді.",
    ru: "Ваше заявление рассмотрено, услуга оказана.",
    en: "Your application was considered and the service provided.",
};

impl PublicService {
    /// A service with the identity document alone and the plain text.
    pub(crate) const fn plain(
        regulation: &'static str,
        provider: &'static str,
        kind: &'static str,
        title: Text,
    ) -> Self {
        Self { regulation, provider, kind, title, text: DECIDED, papers: IDENTITY }
    }

    /// The row of a delivery, or a plain one of the same region's provider.
    pub(crate) fn of(table: &'static [Self], delivery: &Delivery) -> Option<Self> {
        let regulation = delivery.context.regulation_id.as_str();
        table.iter().find(|row| row.regulation == regulation).copied().or_else(|| {
            let region = regulation.split('/').next();
            let neighbour = table.iter().find(|row| row.regulation.split('/').next() == region)?;
            Some(Self::plain("", neighbour.provider, "notification", NOTIFICATION))
        })
    }
}

const NOTIFICATION: Text = Text {
    kk: "Мемлекеттік қызмет көрсету нәтижесі туралы хабарлама",
    ru: "Уведомление о результате оказания государственной услуги",
    en: "Notification of the result of a public service",
};

/// What is paid for teaching at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Benefit {
    /// Whole tenge in a school year.
    pub(crate) year: u64,
    /// Whole tenge in a quarter.
    pub(crate) quarter: u64,
}

/// Cost is reimbursed up to eight monthly calculation indices a quarter, by the index of the year of act 000 (2,121 tenge
/// in 2016). The acts name no sum: index and limit are ours.
pub(crate) fn benefit(cost_tenge: u64) -> Benefit {
    const QUARTER_LIMIT: u64 = 8 * 2121;
    let quarter = (cost_tenge / 4).min(QUARTER_LIMIT);
    Benefit { year: quarter * 4, quarter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_reimbursed_up_to_the_limit() {
        assert_eq!(benefit(40_000), Benefit { year: 40_000, quarter: 10_000 });
        assert_eq!(benefit(u64::MAX), Benefit { year: 67_872, quarter: 16_968 });
        assert_eq!(benefit(3), Benefit { year: 0, quarter: 0 });
    }
}
