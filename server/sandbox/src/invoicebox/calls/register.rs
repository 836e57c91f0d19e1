//! The register of organisations: a few that can be looked up and pay by guarantee.
//!
//! | ИНН | is |
//! |---|---|
//! | 7707083893 | an organisation with all details, guarantees up to 500 000 ₽ |
//! | 7701234560 | an organisation with a small guarantee limit, 1 000 ₽ |
//! | 500100732259 | a sole trader, guarantees up to 100 000 ₽ |
//! | 770000002700 | a sole trader of whom only the number is known, no guarantees |

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::invoicebox::filters::{FilterField, FilterValue, ListRow};

/// An entry of the register.
#[derive(Clone, Copy, Debug)]
pub struct Organisation {
    id: &'static str,
    vat_number: &'static str,
    /// Roubles that guarantee instruments cover; `None` for a payer who has none.
    limit: Option<u32>,
    details: Option<OrganisationDetails>,
}

#[derive(Clone, Copy, Debug)]
struct OrganisationDetails {
    kpp: Option<&'static str>,
    name: &'static str,
    name_full: &'static str,
    registration_number: &'static str,
    registration_date: &'static str,
    address: &'static str,
    zip: &'static str,
}

pub const ORGANISATIONS: [Organisation; 4] = [
    Organisation {
        id: "0199f0a1-0000-4000-8000-000000000101",
        vat_number: "7707083893",
        limit: Some(500_000),
        details: Some(OrganisationDetails {
            kpp: Some("773601001"),
            name: "ООО «Ромашка»",
            name_full: "Общество с ограниченной ответственностью «Ромашка»",
            registration_number: "1027700000016",
            registration_date: "2002-08-16",
            address: "117312, г. Москва, ул. Полевая, д. 19",
            zip: "117312",
        }),
    },
    Organisation {
        id: "0199f0a1-0000-4000-8000-000000000102",
        vat_number: "7701234560",
        limit: Some(1_000),
        details: Some(OrganisationDetails {
            kpp: Some("770101001"),
            name: "ООО «Перевозчик»",
            name_full: "Общество с ограниченной ответственностью «Перевозчик»",
            registration_number: "1157700000027",
            registration_date: "2015-03-02",
            address: "105005, г. Москва, Садовый пер., д. 4, стр. 1",
            zip: "105005",
        }),
    },
    Organisation {
        id: "0199f0a1-0000-4000-8000-000000000103",
        vat_number: "500100732259",
        limit: Some(100_000),
        details: Some(OrganisationDetails {
            kpp: None,
            name: "ИП Орлов П. С.",
            name_full: "Индивидуальный предприниматель Орлов Пётр Сергеевич",
            registration_number: "315500100000036",
            registration_date: "2015-06-11",
            address: "390000, Рязанская обл., г. Рязань, ул. Речная, д. 7",
            zip: "390000",
        }),
    },
    Organisation {
        id: "0199f0a1-0000-4000-8000-000000000104",
        vat_number: "770000002700",
        limit: None,
        details: None,
    },
];

impl Organisation {
    /// The entry of a number.
    pub fn by_vat_number(vat_number: &str) -> Option<Self> {
        ORGANISATIONS.into_iter().find(|entry| entry.vat_number == vat_number)
    }

    /// The largest sum that a guarantee instrument covers for this payer.
    pub fn guarantee_limit(self) -> Option<Decimal> {
        self.limit.map(Decimal::from)
    }

    /// The entry as the service shows it.
    pub fn json(&self) -> Value {
        let Some(details) = self.details else {
            return json!({"id": self.id, "vatNumber": self.vat_number});
        };
        let mut entry = json!({
            "id": self.id, "vatNumber": self.vat_number, "name": details.name, "nameFull": details.name_full,
            "nameI18n": details.name_full, "registrationNumber": details.registration_number,
            "registrationDate": details.registration_date, "registrationAddress": details.address,
            "postAddress": details.address, "postAddressZip": details.zip,
        });
        if let (Some(kpp), Some(entry)) = (details.kpp, entry.as_object_mut()) {
            entry.insert("taxRegistrationReasonCode".to_owned(), json!(kpp));
        }
        entry
    }
}

impl ListRow for Organisation {
    const FIELDS: &'static [FilterField] = &[FilterField::Id, FilterField::VatNumber];

    fn value(&self, field: FilterField) -> Option<FilterValue> {
        match field {
            FilterField::Id => Some(FilterValue::text(self.id)),
            FilterField::VatNumber => Some(FilterValue::text(self.vat_number)),
            _ => None,
        }
    }
}
