//! The ready people, organisations and systems: who they are and what each is good for. A new one is a row here.

use time::Date;
use time::macros::date;

use super::names::{AKTAU, AKTOBE, ASTANA, OSKEMEN, PAVLODAR, Spelling, Town};
use super::records::{OrganizationKind, Presence};
use crate::role::CertificateRole;
use crate::synthetic::numbers::Sex;
use crate::text::Text;

/// A ready person.
pub(super) struct Ready {
    pub(super) key: &'static str,
    pub(super) given: Spelling,
    /// Index into the table of surnames.
    pub(super) surname: usize,
    /// Index into the table of men's names.
    pub(super) father: usize,
    pub(super) sex: Sex,
    pub(super) born: Date,
    pub(super) town: Town,
    pub(super) presence: Presence,
    /// Whether they have an account at the portal.
    pub(super) portal_account: Presence,
    /// Key of the organisation, and position.
    pub(super) work: Option<(&'static str, Text)>,
    /// Whose name and right the certificate carries.
    pub(super) signs_as: SignsAs,
    pub(super) purpose: Text,
}

/// Whose name and right a person's certificate carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SignsAs {
    /// Their own.
    Individual,
    /// The organisation they work for, with this role beside the role of an organisation.
    Staff(CertificateRole),
}

const fn name(kk: &'static str, ru: &'static str, latin: &'static str) -> Spelling {
    Spelling { kk, ru, latin }
}

const fn text(kk: &'static str, ru: &'static str, en: &'static str) -> Text {
    Text { kk, ru, en }
}

/// Operators on the State corporation's list.
pub(super) const LISTED_OPERATORS: &[&str] = &["operator-1"];

const TEACHER: Text = text("мұғалім", "учитель", "teacher");
const ENGINEER: Text = text("инженер", "инженер", "engineer");
const OPERATOR: Text = text("оператор", "оператор", "operator");
const DIRECTOR: Text = text("директор", "директор", "director");
const AUTHORIZED: Text = text("уәкілетті тұлға", "уполномоченное лицо", "authorised person");

const fn citizen(key: &'static str, given: Spelling, sex: Sex, purpose: Text) -> Ready {
    Ready {
        key,
        given,
        surname: 0,
        father: 0,
        sex,
        born: date!(1985 - 03 - 12),
        town: ASTANA,
        presence: Presence::Present,
        portal_account: Presence::Present,
        work: None,
        signs_as: SignsAs::Individual,
        purpose,
    }
}

const fn signatory(key: &'static str, organization: &'static str, town: Town, purpose: Text) -> Ready {
    Ready {
        town,
        work: Some((organization, AUTHORIZED)),
        signs_as: SignsAs::Staff(CertificateRole::Signatory),
        ..citizen(key, name("Гүлмира", "Гульмира", "Gulmira"), Sex::Female, purpose)
    }
}

/// Every ready person, in the order in which `eush people` prints them.
pub(super) const PEOPLE: &[Ready] = &[
    Ready {
        surname: 0,
        father: 0,
        born: date!(1991 - 04 - 17),
        ..citizen(
            "aigerim",
            name("Айгерім", "Айгерим", "Aigerim"),
            Sex::Female,
            text(
                "Жұмыссыз ретінде тіркелген, барлық деректері дұрыс: 000-A қызметін алады.",
                "Зарегистрирована как безработная, всё в порядке: получает услугу 000-A.",
                "Registered as unemployed, everything in order: receives 000-A.",
            ),
        )
    },
    Ready {
        surname: 1,
        father: 3,
        born: date!(1983 - 09 - 05),
        work: Some(("dala-construction", ENGINEER)),
        ..citizen(
            "bolat",
            name("Болат", "Болат", "Bolat"),
            Sex::Male,
            text(
                "Үйде оқитын мүгедек баланың әкесі: 000-B және 001-S02. Жұмыссыз емес, сондықтан 000-A негізі жоқ.",
                "Отец ребёнка с инвалидностью, который учится на дому: 000-B и 001-S02. Не безработный: для 000-A нет оснований.",
                "Father of a disabled child taught at home: 000-B and 001-S02. Not unemployed, so 000-A has no grounds.",
            ),
        )
    },
    Ready {
        surname: 5,
        father: 7,
        born: date!(1980 - 11 - 23),
        town: AKTOBE,
        work: Some(("aktobe-school-12", TEACHER)),
        ..citizen(
            "saule",
            name("Сәуле", "Сауле", "Saule"),
            Sex::Female,
            text(
                "Баланы патронаттық тәрбиеге алғысы келеді: 002-A.",
                "Хочет взять ребёнка на патронатное воспитание: 002-A.",
                "Wants to take a child into foster care: 002-A.",
            ),
        )
    },
    Ready {
        surname: 9,
        father: 12,
        born: date!(1978 - 02 - 28),
        ..citizen(
            "daniyar",
            name("Данияр", "Данияр", "Daniyar"),
            Sex::Male,
            text(
                "Айгерімнің өкілі: нотариат куәландырған сенімхаты бар.",
                "Представитель Айгерим: доверенность удостоверена нотариусом.",
                "Represents Aigerim under a notarised power of attorney.",
            ),
        )
    },
    Ready {
        surname: 11,
        father: 1,
        born: date!(1987 - 07 - 30),
        ..citizen(
            "marat",
            name("Марат", "Марат", "Marat"),
            Sex::Male,
            text(
                "Айгерімнің өкілі: сенімхатын нотариус емес, басқа тұлға куәландырған, БНАЖ-да жоқ.",
                "Представитель Айгерим: доверенность удостоверена не нотариусом, в ЕНИС её нет.",
                "Represents Aigerim under a power of attorney certified otherwise: the notarial register has none.",
            ),
        )
    },
    Ready {
        surname: 14,
        father: 16,
        born: date!(1995 - 12 - 09),
        presence: Presence::Absent,
        ..citizen(
            "zarina",
            name("Зарина", "Зарина", "Zarina"),
            Sex::Female,
            text(
                "Тіркеу куәлігі бар, бірақ ЖТ МДБ-да жоқ.",
                "Свидетельство есть, но в ГБД ФЛ её нет.",
                "Owns a certificate, but is absent from the register of natural persons.",
            ),
        )
    },
    Ready {
        surname: 3,
        father: 9,
        born: date!(1992 - 01 - 14),
        work: Some(("state-corporation", OPERATOR)),
        signs_as: SignsAs::Staff(CertificateRole::Employee),
        ..citizen(
            "operator-1",
            name("Лаура", "Лаура", "Laura"),
            Sex::Female,
            text(
                "Мемлекеттік корпорацияның операторы, жөнелтушінің тізімінде бар.",
                "Оператор Государственной корпорации, есть в списке отправителя.",
                "Operator of the State corporation, on the sender's list.",
            ),
        )
    },
    Ready {
        surname: 8,
        father: 2,
        born: date!(1989 - 10 - 02),
        work: Some(("state-corporation", OPERATOR)),
        signs_as: SignsAs::Staff(CertificateRole::Employee),
        ..citizen(
            "operator-2",
            name("Руслан", "Руслан", "Ruslan"),
            Sex::Male,
            text(
                "Мемлекеттік корпорацияның қызметкері, бірақ операторлар тізімінде жоқ.",
                "Работник Государственной корпорации, но в списке операторов его нет.",
                "Employee of the State corporation, but not on the list of operators.",
            ),
        )
    },
    Ready {
        surname: 18,
        father: 5,
        born: date!(1976 - 05 - 19),
        ..signatory(
            "astana-employment-centre-signatory",
            "astana-employment-centre",
            ASTANA,
            text(
                "Астана жұмыспен қамту орталығының уәкілетті тұлғасы: 000-A нәтижесіне қол қояды.",
                "Уполномоченное лицо центра занятости Астаны: подписывает результат 000-A.",
                "Authorised person of the employment centre of Astana: signs the result of 000-A.",
            ),
        )
    },
    Ready {
        surname: 19,
        father: 6,
        born: date!(1979 - 08 - 11),
        ..signatory(
            "astana-social-department-signatory",
            "astana-social-department",
            ASTANA,
            text(
                "Астананың әлеуметтік басқармасының уәкілетті тұлғасы: 000-B нәтижесіне қол қояды.",
                "Уполномоченное лицо социального управления Астаны: подписывает результат 000-B.",
                "Authorised person of the social department of Astana: signs the result of 000-B.",
            ),
        )
    },
    Ready {
        surname: 20,
        father: 10,
        born: date!(1982 - 06 - 03),
        ..signatory(
            "pavlodar-social-department-signatory",
            "pavlodar-social-department",
            PAVLODAR,
            text(
                "Павлодардың әлеуметтік бөлімінің уәкілетті тұлғасы: 001 актісінің нәтижелеріне қол қояды.",
                "Уполномоченное лицо социального отдела Павлодара: подписывает результаты акта 001.",
                "Authorised person of the social department of Pavlodar: signs the results of act 001.",
            ),
        )
    },
    Ready {
        surname: 21,
        father: 13,
        born: date!(1974 - 03 - 26),
        ..signatory(
            "aktobe-education-signatory",
            "aktobe-education-department",
            AKTOBE,
            text(
                "Ақтөбе білім бөлімінің уәкілетті тұлғасы: 002 актісінің нәтижелеріне қол қояды.",
                "Уполномоченное лицо отдела образования Актобе: подписывает результаты акта 002.",
                "Authorised person of the education department of Aktobe: signs the results of act 002.",
            ),
        )
    },
    Ready {
        surname: 1,
        father: 22,
        born: date!(2014 - 02 - 21),
        ..citizen(
            "ayan",
            name("Аян", "Аян", "Ayan"),
            Sex::Male,
            text(
                "Болаттың үйде оқитын баласы.",
                "Сын Болата, учится на дому.",
                "Bolat's son, taught at home.",
            ),
        )
    },
    Ready {
        surname: 4,
        father: 17,
        born: date!(1981 - 12 - 12),
        ..signatory(
            "mangystau-social-department-signatory",
            "mangystau-social-department",
            AKTAU,
            text(
                "Маңғыстаудың әлеуметтік бөлімінің уәкілетті тұлғасы: 003 актісінің нәтижелеріне қол қояды.",
                "Уполномоченное лицо социального отдела Мангистау: подписывает результаты акта 003.",
                "Authorised person of the social department of Mangystau: signs results of act 003.",
            ),
        )
    },
    Ready {
        surname: 12,
        father: 19,
        born: date!(1977 - 04 - 08),
        ..signatory(
            "mangystau-regional-department-signatory",
            "mangystau-regional-department",
            AKTAU,
            text(
                "Маңғыстау облыстық басқармасының уәкілетті тұлғасы: шетелдік жұмыс күшіне рұқсатқа қол қояды.",
                "Уполномоченное лицо областного управления Мангистау: подписывает разрешения на иностранную рабочую силу.",
                "Authorised person of the regional department of Mangystau: signs permits for foreign labour.",
            ),
        )
    },
    Ready {
        surname: 7,
        father: 11,
        born: date!(1983 - 06 - 21),
        ..signatory(
            "pavlodar-employment-centre-signatory",
            "pavlodar-employment-centre",
            PAVLODAR,
            text(
                "Павлодар жұмыспен қамту орталығының маманы: 001 актісінің тіркеулері мен жолдамаларына қол қояды.",
                "Специалист центра занятости Павлодара: подписывает регистрации и направления акта 001.",
                "Specialist of the employment centre of Pavlodar: signs registrations and referrals of act 001.",
            ),
        )
    },
    Ready {
        surname: 9,
        father: 13,
        born: date!(1979 - 10 - 02),
        ..signatory(
            "pavlodar-regional-department-signatory",
            "pavlodar-regional-department",
            PAVLODAR,
            text(
                "Павлодар облыстық басқармасының маманы: шетелдік жұмыс күшіне рұқсат пен оралман куәлігіне қол қояды.",
                "Специалист областного управления Павлодара: подписывает разрешения на иностранную рабочую силу и удостоверения оралмана.",
                "Specialist of the regional department of Pavlodar: signs foreign labour permits and oralman certificates.",
            ),
        )
    },
    Ready {
        surname: 6,
        father: 4,
        born: date!(1975 - 08 - 17),
        town: PAVLODAR,
        work: Some(("ertis-metal", DIRECTOR)),
        signs_as: SignsAs::Staff(CertificateRole::ChiefExecutive),
        ..citizen(
            "yerlan",
            name("Ерлан", "Ерлан", "Yerlan"),
            Sex::Male,
            text(
                "«Ертіс Металл» ЖШС басшысы: жұмыс беруші атынан 001-S05 және 003-S18 қызметтерін сұрайды.",
                "Руководитель ТОО «Ертис Металл»: от имени работодателя получает 001-S05 и 003-S18.",
                "Head of Ertis Metal LLP: applies for the employer, 001-S05 and 003-S18.",
            ),
        )
    },
    Ready {
        surname: 15,
        father: 3,
        born: date!(1993 - 03 - 29),
        portal_account: Presence::Absent,
        ..citizen(
            "nurlan",
            name("Нұрлан", "Нурлан", "Nurlan"),
            Sex::Male,
            text(
                "Порталда әлі тіркелмеген: алдымен тіркеледі (eush apply --register).",
                "На портале ещё не зарегистрирован: сначала регистрируется (eush apply --register).",
                "Has no account at the portal yet: registers first (eush apply --register).",
            ),
        )
    },
    Ready {
        surname: 10,
        father: 8,
        born: date!(1986 - 09 - 14),
        town: OSKEMEN,
        ..citizen(
            "qanat",
            name("Қанат", "Канат", "Qanat"),
            Sex::Male,
            text(
                "Шығыс Қазақстанда оралман ретінде тіркелген: 001-S01 бойынша өтініші қайтарылады.",
                "Зарегистрирован как оралман в Восточном Казахстане: по 001-S01 заявление возвращают.",
                "Registered as repatriate in East Kazakhstan: his application for 001-S01 is returned.",
            ),
        )
    },
    Ready {
        surname: 10,
        father: 20,
        born: date!(1988 - 05 - 25),
        town: OSKEMEN,
        ..citizen(
            "gulnar",
            name("Гүлнар", "Гульнар", "Gulnar"),
            Sex::Female,
            text(
                "Қанаттың жұбайы: отбасы мүшесі басқа облыста тіркелгендіктен 001-S01 өтініші қайтарылады.",
                "Жена Каната: член семьи зарегистрирован в другой области, по 001-S01 заявление возвращают.",
                "Qanat's wife: a member of the family is registered elsewhere, so 001-S01 is returned.",
            ),
        )
    },
];

/// A ready organisation.
pub(super) struct ReadyOrganization {
    pub(super) key: &'static str,
    pub(super) name: Text,
    pub(super) kind: OrganizationKind,
    pub(super) town: Town,
    pub(super) presence: Presence,
    pub(super) activity: &'static str,
}

const fn state(key: &'static str, town: Town, activity: &'static str, name: Text) -> ReadyOrganization {
    ReadyOrganization {
        key,
        name,
        kind: OrganizationKind::State,
        town,
        presence: Presence::Present,
        activity,
    }
}

const fn company(key: &'static str, town: Town, activity: &'static str, name: Text) -> ReadyOrganization {
    ReadyOrganization { kind: OrganizationKind::Company, ..state(key, town, activity, name) }
}

/// Every organisation.
pub(super) const ORGANIZATIONS: &[ReadyOrganization] = &[
    state(
        "state-corporation",
        ASTANA,
        "84111",
        text(
            "«Азаматтарға арналған үкімет» мемлекеттік корпорациясы» КЕАҚ",
            "НАО «Государственная корпорация «Правительство для граждан»",
            "State corporation \"Government for Citizens\"",
        ),
    ),
    state(
        "portal-operator",
        ASTANA,
        "62099",
        text("«Портал операторы» АҚ", "АО «Оператор портала»", "Portal operator JSC"),
    ),
    state(
        "astana-employment-centre",
        ASTANA,
        "84122",
        text(
            "Астана қаласы әкімдігінің «Жұмыспен қамту орталығы» КММ",
            "КГУ «Центр занятости» акимата города Астаны",
            "Employment Centre of the akimat of Astana city",
        ),
    ),
    state(
        "astana-social-department",
        ASTANA,
        "84122",
        text(
            "«Астана қаласының әлеуметтік бағдарламалар басқармасы» ММ",
            "ГУ «Управление социальных программ города Астаны»",
            "Social programmes department of Astana city",
        ),
    ),
    state(
        "pavlodar-social-department",
        PAVLODAR,
        "84122",
        text(
            "«Павлодар қаласының әлеуметтік бағдарламалар бөлімі» ММ",
            "ГУ «Отдел социальных программ города Павлодара»",
            "Social programmes department of Pavlodar city",
        ),
    ),
    state(
        "aktobe-education-department",
        AKTOBE,
        "84121",
        text(
            "«Ақтөбе қаласының білім бөлімі» ММ",
            "ГУ «Отдел образования города Актобе»",
            "Education department of Aktobe city",
        ),
    ),
    state(
        "aktobe-school-12",
        AKTOBE,
        "85310",
        text("«№ 12 орта мектеп» КММ", "КГУ «Средняя школа № 12»", "Secondary school № 12"),
    ),
    company(
        "dala-construction",
        ASTANA,
        "41202",
        text("«Дала Құрылыс» ЖШС", "ТОО «Дала Курылыс»", "Dala Construction LLP"),
    ),
    company(
        "ertis-metal",
        PAVLODAR,
        "24101",
        text("«Ертіс Металл» ЖШС", "ТОО «Ертис Металл»", "Ertis Metal LLP"),
    ),
    company(
        "zhaiyk-logistics",
        AKTOBE,
        "49410",
        text("«Жайық Логистика» ЖШС", "ТОО «Жайык Логистика»", "Zhaiyk Logistics LLP"),
    ),
    company("nan-bakery", ASTANA, "10710", text("«Ақ Нан» ЖШС", "ТОО «Ак Нан»", "Ak Nan LLP")),
    company(
        "samal-software",
        ASTANA,
        "62011",
        text("«Самал Софт» ЖШС", "ТОО «Самал Софт»", "Samal Soft LLP"),
    ),
    ReadyOrganization {
        presence: Presence::Absent,
        ..company(
            "unregistered-company",
            ASTANA,
            "46909",
            text("«Елес» ЖШС", "ТОО «Елес»", "Yeles LLP, absent from the register"),
        )
    },
    state(
        "mangystau-social-department",
        AKTAU,
        "84122",
        text(
            "«Ақтау қаласының әлеуметтік бағдарламалар бөлімі» ММ",
            "ГУ «Отдел социальных программ города Актау»",
            "Social programmes department of Aktau city",
        ),
    ),
    state(
        "mangystau-regional-department",
        AKTAU,
        "84122",
        text(
            "«Маңғыстау облысының жұмыспен қамту басқармасы» ММ",
            "ГУ «Управление занятости Мангистауской области»",
            "Employment department of Mangystau oblast",
        ),
    ),
    state(
        "pavlodar-employment-centre",
        PAVLODAR,
        "84122",
        text(
            "«Павлодар халықты жұмыспен қамту орталығы» КММ",
            "КГУ «Центр занятости населения Павлодара»",
            "Employment centre of Pavlodar",
        ),
    ),
    state(
        "pavlodar-regional-department",
        PAVLODAR,
        "84122",
        text(
            "«Павлодар облысының жұмыспен қамту басқармасы» ММ",
            "ГУ «Управление занятости Павлодарской области»",
            "Employment department of Pavlodar oblast",
        ),
    ),
    state(
        "east-kazakhstan-employment-centre",
        OSKEMEN,
        "84122",
        text(
            "«Өскемен халықты жұмыспен қамту орталығы» КММ",
            "КГУ «Центр занятости населения Усть-Каменогорска»",
            "Employment centre of Oskemen",
        ),
    ),
    state(
        "east-kazakhstan-migration-body",
        OSKEMEN,
        "84122",
        text(
            "«Шығыс Қазақстан облысының көші-қон бөлімі» ММ",
            "ГУ «Отдел миграции Восточно-Казахстанской области»",
            "Migration department of East Kazakhstan oblast",
        ),
    ),
    state(
        "east-kazakhstan-social-department",
        OSKEMEN,
        "84122",
        text(
            "«Өскемен қаласының әлеуметтік бағдарламалар бөлімі» ММ",
            "ГУ «Отдел социальных программ города Усть-Каменогорска»",
            "Social programmes department of Oskemen",
        ),
    ),
];

/// An information system: key, owner, object identifier under the arc for examples, name.
pub(super) const SYSTEMS: &[(&str, &str, &str, Text)] = &[
    (
        "portal-system",
        "portal-operator",
        "1.3.6.1.4.1.32473.398.1",
        text(
            "«Электрондық үкімет» веб-порталы",
            "Веб-портал «электронного правительства»",
            "E-government portal",
        ),
    ),
    (
        "state-corporation-system",
        "state-corporation",
        "1.3.6.1.4.1.32473.398.2",
        text(
            "Мемлекеттік корпорацияның ықпалдастырылған ақпараттық жүйесі",
            "Интегрированная информационная система Государственной корпорации",
            "Integrated information system of the State corporation",
        ),
    ),
];
