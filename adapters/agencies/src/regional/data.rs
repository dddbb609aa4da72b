//! The public services that this workplace takes, and what it knows of foster care.

use eush_domain::Text;

use crate::public_service::PublicService;

/// Papers that foster care needs beside the identity document.
pub(super) const FOSTER_CARE_PAPERS: &[&str] =
    &["medical-conclusion", "income-certificate", "no-criminal-record-certificate", "housing-document"];

/// What the married bring beside.
pub(super) const SPOUSE_PAPERS: &[&str] = &["spouse-consent"];

/// The service of this regulation wants the body of foster care.
pub(super) const FOSTER_CARE: &str = "foster-care";

const EDUCATION: &str = "aktobe-education-department";
const MANGYSTAU: &str = "mangystau-social-department";
const MANGYSTAU_REGIONAL: &str = "mangystau-regional-department";

const fn text(kk: &'static str, ru: &'static str, en: &'static str) -> Text {
    Text { kk, ru, en }
}

/// One row a service of acts 002 and 003 that goes through the gateway.
pub(crate) const SERVICES: &[PublicService] = &[
    PublicService {
        text: text(
            "Шарт жасасу үшін көрсетілген мекенжайға келіңіз.",
            "Для заключения договора обратитесь по указанному адресу.",
            "Come to the stated address to conclude the contract.",
        ),
        ..PublicService::plain(
            "aktobe/foster-care",
            EDUCATION,
            "contract-notice",
            text(
                "Шарт жасау туралы хабарлама",
                "Уведомление о заключении договора",
                "Notification of concluding a contract",
            ),
        )
    },
    PublicService {
        text: text(
            "Қорытынды дайын: көрсетілген мекенжайға келіңіз.",
            "Заключение готово: обратитесь по указанному адресу.",
            "The conclusion is ready: come to the stated address.",
        ),
        ..PublicService::plain(
            "aktobe/adoption-candidates",
            EDUCATION,
            "conclusion-ready-notice",
            text(
                "Қорытындының дайындығы туралы хабарлама",
                "Уведомление о готовности заключения",
                "Notification that the conclusion is ready",
            ),
        )
    },
    PublicService::plain(
        "mangystau/unemployed-registration",
        MANGYSTAU,
        "unemployed-registration-notice",
        text(
            "Жұмыссыз ретінде тіркеу және есепке қою туралы хабарлама",
            "Уведомление о регистрации в качестве безработного",
            "Notification of registration as unemployed",
        ),
    ),
    PublicService::plain(
        "mangystau/unemployed-certificate",
        MANGYSTAU,
        "unemployed-certificate",
        text(
            "Жұмыссыз ретінде тіркеу туралы анықтама",
            "Справка о регистрации в качестве безработного",
            "Certificate of registration as unemployed",
        ),
    ),
    PublicService::plain(
        "mangystau/local-social-assistance",
        MANGYSTAU,
        "assistance-notice",
        text(
            "Әлеуметтік көмек тағайындау туралы хабарлама",
            "Уведомление о назначении социальной помощи",
            "Notification of social assistance",
        ),
    ),
    PublicService::plain(
        "mangystau/employment-referrals",
        MANGYSTAU,
        "employment-referral",
        text("Жұмысқа орналасуға жолдама", "Направление на трудоустройство", "Referral to employment"),
    ),
    PublicService::plain(
        "mangystau/home-taught-children-support",
        MANGYSTAU,
        "support-notice",
        text(
            "Материалдық қамсыздандыруды тағайындау туралы хабарлама",
            "Уведомление о назначении материального обеспечения",
            "Notification of material support",
        ),
    ),
    PublicService::plain(
        "mangystau/foreign-labour-permit",
        MANGYSTAU_REGIONAL,
        "employer-permit",
        text(
            "Шетелдік жұмыс күшін тартуға рұқсат",
            "Разрешение на привлечение иностранной рабочей силы",
            "Permit to attract foreign labour",
        ),
    ),
    PublicService::plain(
        "mangystau/housing-assistance",
        MANGYSTAU,
        "housing-assistance-notice",
        text(
            "Тұрғын үй көмегін тағайындау туралы хабарлама",
            "Уведомление о назначении жилищной помощи",
            "Notification of housing assistance",
        ),
    ),
];

/// Whose marital status in the form is not the one on record.
pub(super) const MARITAL_STATUS: Text = text(
    "Отбасы жағдайы тіркелген мәліметке сәйкес келмейді.",
    "Семейное положение не совпадает с учтённым.",
    "The marital status is not the one on record.",
);

/// Too little room for the children asked for.
pub(super) const DWELLING_TOO_SMALL: Text = text(
    "Тұрғын үй алаңы балалардың саны үшін жеткіліксіз.",
    "Площадь жилья недостаточна для такого числа детей.",
    "The dwelling is too small for that many children.",
);

/// Nobody here provides services of that region.
pub(super) const OTHER_REGION: Text = text(
    "Бұл жұмыс орны көрсетілген өңірдің қызметтерін көрсетпейді.",
    "Это рабочее место не оказывает услуг указанного региона.",
    "This workplace does not provide services of that region.",
);

/// Square metres a person, the usual sanitary norm. Ours: the act leaves the grounds to the inspection on the spot.
pub(super) const METRES_A_PERSON: u32 = 6;
