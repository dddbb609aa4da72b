//! What the office knows by heart.

use eush_domain::Text;

/// Papers of the request.
pub(super) const PAPERS: &[&str] =
    &["identity-document", "disability-certificate", "commission-conclusion", "bank-account-statement"];

/// Title of the result.
pub(super) const TITLE: Text = Text {
    kk: "Жәрдемақы тағайындау туралы хабарлама",
    ru: "Уведомление о назначении пособия",
    en: "Notification of the assignment of a benefit",
};

/// No such child is taught at home, or not the applicant's.
pub(super) const NO_CHILD: Text = Text {
    kk: "Өтініш берушінің үйде оқитын мүгедек баласы туралы мәлімет жоқ.",
    ru: "Нет сведений о ребёнке заявителя с инвалидностью, который учится на дому.",
    en: "There is no record of a disabled child of the applicant taught at home.",
};

/// Another conclusion than the one on record.
pub(super) const OTHER_CONCLUSION: Text = Text {
    kk: "Консультация қорытындысының нөмірі тіркелгенге сәйкес келмейді.",
    ru: "Номер заключения консультации не совпадает с учтённым.",
    en: "The number of the commission's conclusion is not the one on record.",
};
