//! The public services that this system takes.

use eush_domain::Text;

use crate::public_service::PublicService;

/// Papers that reimbursement of teaching at home needs beside the identity document.
pub(super) const HOME_SCHOOLING_PAPERS: &[&str] =
    &["disability-certificate", "commission-conclusion", "bank-account-statement"];

/// One row a service of act 001 that goes through the gateway and has a result of its own.
pub(super) const SERVICES: &[PublicService] = &[PublicService {
    text: Text {
        kk: "Мүгедек баланы үйде оқытуға жұмсалған шығындарды өтеу тағайындалды.",
        ru: "Назначено возмещение затрат на обучение на дому ребёнка с инвалидностью.",
        en: "Reimbursement of the cost of teaching a disabled child at home is assigned.",
    },
    ..PublicService::plain(
        "pavlodar/home-schooling-reimbursement",
        "pavlodar-social-department",
        "benefit-assignment-notice",
        Text {
            kk: "Жәрдемақы тағайындау туралы хабарлама",
            ru: "Уведомление о назначении пособия",
            en: "Notification of the assignment of a benefit",
        },
    )
}];

/// The service of this regulation wants the body of reimbursement.
pub(super) const HOME_SCHOOLING: &str = "home-schooling-reimbursement";

/// No such child is taught at home, or not the applicant's, or by another conclusion.
pub(super) const NO_CHILD: Text = Text {
    kk: "Өтініш берушінің үйде оқитын мүгедек баласы туралы мәлімет жоқ немесе қорытынды нөмірі басқа.",
    ru: "Нет сведений о ребёнке заявителя, который учится на дому, или номер заключения другой.",
    en: "There is no record of a child of the applicant taught at home, or the conclusion is another one.",
};

/// Nobody here provides services of that region.
pub(super) const OTHER_REGION: Text = Text {
    kk: "Бұл жүйе көрсетілген өңірдің қызметтерін көрсетпейді.",
    ru: "Эта система не оказывает услуг указанного региона.",
    en: "This system does not provide services of that region.",
};
