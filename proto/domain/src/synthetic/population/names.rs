//! Names and places that synthetic people are made of: common Kazakh names in Kazakh, Russian and Latin spelling.
//! Nobody's full name is taken from anywhere; combinations come from the dice.

use super::records::{FullName, PersonNames};
use crate::synthetic::numbers::Sex;
use crate::text::Text;

/// One name in three spellings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    pub(super) kk: &'static str,
    pub(super) ru: &'static str,
    pub(super) latin: &'static str,
}

const fn spelt(kk: &'static str, ru: &'static str, latin: &'static str) -> Spelling {
    Spelling { kk, ru, latin }
}

/// Given names of men; fathers' names too.
pub(super) const MALE: &[Spelling] = &[
    spelt("Серік", "Серик", "Serik"),
    spelt("Нұрлан", "Нурлан", "Nurlan"),
    spelt("Ерлан", "Ерлан", "Yerlan"),
    spelt("Қайрат", "Кайрат", "Kairat"),
    spelt("Асқар", "Аскар", "Askar"),
    spelt("Бауыржан", "Бауыржан", "Bauyrzhan"),
    spelt("Тимур", "Тимур", "Timur"),
    spelt("Әлихан", "Алихан", "Alikhan"),
    spelt("Ербол", "Ербол", "Yerbol"),
    spelt("Жандос", "Жандос", "Zhandos"),
    spelt("Мейрам", "Мейрам", "Meiram"),
    spelt("Рүстем", "Рустем", "Rustem"),
    spelt("Самат", "Самат", "Samat"),
    spelt("Талғат", "Талгат", "Talgat"),
    spelt("Арман", "Арман", "Arman"),
    spelt("Дәурен", "Даурен", "Dauren"),
    spelt("Олжас", "Олжас", "Olzhas"),
    spelt("Санжар", "Санжар", "Sanzhar"),
    spelt("Ғалым", "Галым", "Galym"),
    spelt("Қуаныш", "Куаныш", "Kuanysh"),
    spelt("Мұрат", "Мурат", "Murat"),
    spelt("Бақыт", "Бакыт", "Bakyt"),
    spelt("Болат", "Болат", "Bolat"),
];

/// Given names of women.
pub(super) const FEMALE: &[Spelling] = &[
    spelt("Гүлнар", "Гульнар", "Gulnar"),
    spelt("Динара", "Динара", "Dinara"),
    spelt("Мадина", "Мадина", "Madina"),
    spelt("Айнұр", "Айнур", "Ainur"),
    spelt("Жанар", "Жанар", "Zhanar"),
    spelt("Әсел", "Асель", "Assel"),
    spelt("Ботагөз", "Ботагоз", "Botagoz"),
    spelt("Қарлығаш", "Карлыгаш", "Karlygash"),
    spelt("Меруерт", "Меруерт", "Meruyert"),
    spelt("Нұргүл", "Нургуль", "Nurgul"),
    spelt("Раушан", "Раушан", "Raushan"),
    spelt("Сандуғаш", "Сандугаш", "Sandugash"),
    spelt("Шолпан", "Шолпан", "Sholpan"),
    spelt("Әлия", "Алия", "Aliya"),
    spelt("Баян", "Баян", "Bayan"),
    spelt("Дана", "Дана", "Dana"),
    spelt("Тоғжан", "Тогжан", "Togzhan"),
    spelt("Жібек", "Жибек", "Zhibek"),
];

/// Surnames in the form that men bear; women bear them with a final `а`.
pub(super) const SURNAMES: &[Spelling] = &[
    spelt("Ахметов", "Ахметов", "Akhmetov"),
    spelt("Сұлтанов", "Султанов", "Sultanov"),
    spelt("Қасымов", "Касымов", "Kassymov"),
    spelt("Жүнісов", "Жунусов", "Zhunussov"),
    spelt("Нұрпейісов", "Нурпеисов", "Nurpeissov"),
    spelt("Омаров", "Омаров", "Omarov"),
    spelt("Ыбыраев", "Ибраев", "Ibrayev"),
    spelt("Тілеубеков", "Тлеубеков", "Tleubekov"),
    spelt("Смағұлов", "Смагулов", "Smagulov"),
    spelt("Байжанов", "Байжанов", "Baizhanov"),
    spelt("Есенов", "Есенов", "Yessenov"),
    spelt("Мұқанов", "Муканов", "Mukanov"),
    spelt("Сейітов", "Сеитов", "Seitov"),
    spelt("Әбенов", "Абенов", "Abenov"),
    spelt("Құрманов", "Курманов", "Kurmanov"),
    spelt("Досанов", "Досанов", "Dossanov"),
    spelt("Рахимов", "Рахимов", "Rakhimov"),
    spelt("Темірханов", "Темирханов", "Temirkhanov"),
    spelt("Оспанов", "Оспанов", "Ospanov"),
    spelt("Жақыпов", "Жакупов", "Zhakupov"),
    spelt("Әлімбеков", "Алимбеков", "Alimbekov"),
    spelt("Шәріпов", "Шарипов", "Sharipov"),
];

/// A town with what registers say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Town {
    pub(super) name: Text,
    pub(super) region: Text,
    /// Code of the classifier of administrative units.
    pub(super) kato: &'static str,
    pub(super) postcode: &'static str,
}

pub(super) const ASTANA: Town = Town {
    name: Text { kk: "Астана", ru: "Астана", en: "Astana" },
    region: Text { kk: "Астана қаласы", ru: "город Астана", en: "Astana city" },
    kato: "710000000",
    postcode: "010000",
};
pub(super) const PAVLODAR: Town = Town {
    name: Text { kk: "Павлодар", ru: "Павлодар", en: "Pavlodar" },
    region: Text {
        kk: "Павлодар облысы", ru: "Павлодарская область", en: "Pavlodar oblast"
    },
    kato: "551010000",
    postcode: "140000",
};
pub(super) const AKTOBE: Town = Town {
    name: Text { kk: "Ақтөбе", ru: "Актобе", en: "Aktobe" },
    region: Text {
        kk: "Ақтөбе облысы", ru: "Актюбинская область", en: "Aktobe oblast"
    },
    kato: "151010000",
    postcode: "030000",
};
pub(super) const AKTAU: Town = Town {
    name: Text { kk: "Ақтау", ru: "Актау", en: "Aktau" },
    region: Text {
        kk: "Маңғыстау облысы", ru: "Мангистауская область", en: "Mangystau oblast"
    },
    kato: "471010000",
    postcode: "130000",
};
pub(super) const OSKEMEN: Town = Town {
    name: Text { kk: "Өскемен", ru: "Усть-Каменогорск", en: "Oskemen" },
    region: Text {
        kk: "Шығыс Қазақстан облысы",
        ru: "Восточно-Казахстанская область",
        en: "East Kazakhstan oblast",
    },
    kato: "631010000",
    postcode: "070000",
};
/// Where the crowd lives.
pub(super) const TOWNS: &[Town] = &[ASTANA, PAVLODAR, AKTOBE];

/// Street names that occur in any town.
pub(super) const STREETS: &[Text] = &[
    Text { kk: "Абай көшесі", ru: "улица Абая", en: "Abai street" },
    Text { kk: "Достық көшесі", ru: "улица Достык", en: "Dostyk street" },
    Text {
        kk: "Бейбітшілік көшесі", ru: "улица Бейбитшилик", en: "Beibitshilik street"
    },
    Text { kk: "Сәтбаев көшесі", ru: "улица Сатпаева", en: "Satpayev street" },
    Text { kk: "Жеңіс даңғылы", ru: "проспект Женис", en: "Zhenis avenue" },
    Text {
        kk: "Тәуелсіздік даңғылы", ru: "проспект Тауелсиздик", en: "Tauelsizdik avenue"
    },
    Text {
        kk: "Ыбырай Алтынсарин көшесі", ru: "улица Ибрая Алтынсарина", en: "Altynsarin street"
    },
];

/// Puts a person's names together; the patronymic comes from the father's given name.
pub(super) fn full_names(given: Spelling, surname: Spelling, father: Spelling, sex: Sex) -> PersonNames {
    let (surname_end, latin_end, patronymic) = match sex {
        Sex::Female => ("а", "a", spelt("қызы", "кызы", "kyzy")),
        Sex::Male => ("", "", spelt("ұлы", "улы", "uly")),
    };
    let full = |surname: &str, end: &str, given: &str, father: &str, patronymic: &str| FullName {
        surname: format!("{surname}{end}"),
        given: given.to_owned(),
        patronymic: format!("{father}{patronymic}"),
    };
    PersonNames {
        kk: full(surname.kk, surname_end, given.kk, father.kk, patronymic.kk),
        ru: full(surname.ru, surname_end, given.ru, father.ru, patronymic.ru),
        latin: full(surname.latin, latin_end, given.latin, father.latin, patronymic.latin),
    }
}
