//! The public services that this system takes.

use eush_domain::Text;

use crate::public_service::PublicService;

/// Papers that reimbursement of teaching at home needs beside the identity document.
pub(super) const HOME_SCHOOLING_PAPERS: &[&str] =
    &["disability-certificate", "commission-conclusion", "bank-account-statement"];

const SOCIAL: &str = "pavlodar-social-department";
const EMPLOYMENT: &str = "pavlodar-employment-centre";
const REGIONAL: &str = "pavlodar-regional-department";

const fn text(kk: &'static str, ru: &'static str, en: &'static str) -> Text {
    Text { kk, ru, en }
}

/// One row a service of act 001 that goes through the gateway. Of several results the first positive one is given: which
/// of them a case deserves is not in the acts.
pub(crate) const SERVICES: &[PublicService] = &[
    PublicService {
        text: text(
            "Мүгедек баланы үйде оқытуға жұмсалған шығындарды өтеу тағайындалды.",
            "Назначено возмещение затрат на обучение на дому ребёнка с инвалидностью.",
            "Reimbursement of the cost of teaching a disabled child at home is assigned.",
        ),
        ..PublicService::plain(
            "pavlodar/home-schooling-reimbursement",
            SOCIAL,
            "benefit-assignment-notice",
            text(
                "Жәрдемақы тағайындау туралы хабарлама",
                "Уведомление о назначении пособия",
                "Notification of the assignment of a benefit",
            ),
        )
    },
    PublicService::plain(
        "pavlodar/oralman-status",
        REGIONAL,
        "oralman-certificate",
        text("Оралман куәлігі", "Удостоверение оралмана", "Oralman certificate"),
    ),
    PublicService::plain(
        "pavlodar/job-seekers",
        EMPLOYMENT,
        "job-seeker-notice",
        text(
            "Жұмыс іздеп жүрген адам ретінде тіркеу туралы хабарлама",
            "Уведомление о регистрации в качестве ищущего работу",
            "Notification of registration as a job seeker",
        ),
    ),
    PublicService::plain(
        "pavlodar/employment-referrals",
        EMPLOYMENT,
        "employment-referral",
        text("Жұмысқа орналасуға жолдама", "Направление на трудоустройство", "Referral to employment"),
    ),
    PublicService::plain(
        "pavlodar/foreign-labour-permit",
        REGIONAL,
        "permit",
        text(
            "Шетелдік жұмыс күшін тартуға рұқсат",
            "Разрешение на привлечение иностранной рабочей силы",
            "Permit to attract foreign labour",
        ),
    ),
    PublicService::plain(
        "pavlodar/targeted-social-assistance",
        SOCIAL,
        "assistance-notice",
        text(
            "Әлеуметтік көмек тағайындау туралы хабарлама",
            "Уведомление о назначении социальной помощи",
            "Notification of social assistance",
        ),
    ),
    PublicService::plain(
        "pavlodar/local-social-assistance",
        SOCIAL,
        "assistance-notice",
        text(
            "Әлеуметтік көмек тағайындау туралы хабарлама",
            "Уведомление о назначении социальной помощи",
            "Notification of social assistance",
        ),
    ),
    PublicService::plain(
        "pavlodar/rural-fuel-assistance",
        SOCIAL,
        "assistance-notice",
        text(
            "Әлеуметтік көмек тағайындау туралы хабарлама",
            "Уведомление о назначении социальной помощи",
            "Notification of social assistance",
        ),
    ),
    PublicService::plain(
        "pavlodar/semey-victims",
        SOCIAL,
        "recognition-decision",
        text(
            "Зардап шеккен деп тану туралы шешім",
            "Решение о признании пострадавшим",
            "Decision of recognition as a victim",
        ),
    ),
    PublicService::plain(
        "pavlodar/assistance-membership-certificate",
        SOCIAL,
        "membership-certificate",
        text(
            "Тиесілігін растайтын анықтама",
            "Справка, подтверждающая принадлежность",
            "Certificate of membership",
        ),
    ),
    PublicService::plain(
        "pavlodar/child-allowance",
        SOCIAL,
        "allowance-notice",
        text(
            "Жәрдемақы тағайындау туралы хабарлама",
            "Уведомление о назначении пособия",
            "Notification of assigning an allowance",
        ),
    ),
];

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
