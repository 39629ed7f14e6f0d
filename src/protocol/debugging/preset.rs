//! The activities that the console can debug, and values that stand in their fields at first: dummies as the console's own,
//! which fit together, so that what is bought first can be renewed, frozen and released afterwards.

use super::Generation;

type Fields = &'static [(&'static str, &'static str)];

const BUSINESS: (&str, &str) = ("businessId", INSTANCE.1);
/// A purchase's `businessId` is taken as the instance's id.
const INSTANCE: (&str, &str) = ("instanceId", "123456789");
const ORDER: (&str, &str) = ("orderId", "CS1234567890ABCDE");
const LINE: (&str, &str) = ("orderLineId", "CS1234567890ABCDE-000001");
const PRODUCT: (&str, &str) = ("productId", "OFFI123456789");
const SKU: (&str, &str) = ("skuCode", "sku-123456789");
const EXPIRES: (&str, &str) = ("expireTime", "20301231000000");
const SCENE: (&str, &str) = ("scene", "RENEWAL");
const FREEZE: (&str, &str) = ("status", "FREEZE");
const AMOUNT: (&str, &str) = ("orderAmount", "12.78");
const LICENSE: (&str, &str) = ("license", "PL123456789");
const TENANT: (&str, &str) = ("tenantId", "tenant-123456789");
const APP: (&str, &str) = ("appId", "app-123456789");
const ADD: (&str, &str) = ("flag", "1");
/// UTC+8, as all times of the kit.
const SYNC_TIME: (&str, &str) = ("currentSyncTime", "20260101080000000");

/// What a purchase of V1 tells beside its order.
const BOUGHT: Fields = &[
    ORDER,
    BUSINESS,
    ("customerId", "customer-123456789"),
    ("customerName", "demo"),
    PRODUCT,
    SKU,
    EXPIRES,
    ("chargingMode", "1"),
    AMOUNT,
];

const V2: &[(&str, Fields)] = &[
    ("newInstance", &[BUSINESS, ORDER, LINE]),
    ("queryInstance", &[INSTANCE]),
    ("refreshInstance", &[INSTANCE, ORDER, LINE, SCENE, PRODUCT, EXPIRES]),
    ("updateInstanceStatus", &[INSTANCE, FREEZE]),
    ("upgradeInstance", &[INSTANCE, ORDER, LINE]),
    ("changeInstanceCheck", &[INSTANCE, ("productInfo", r#"{"productId":"OFFI123456789","skuCode":"sku-123456789"}"#)]),
    (
        "getLicenseAsync",
        &[
            INSTANCE,
            ("eventId", "event-123456789"),
            ("effectiveTime", "2026-01-01 00:00:00 z"),
            ("expireTime", "2030-12-31 00:00:00 z"),
            ("deviceFingerprint", "device-123456789"),
        ],
    ),
    ("releaseInstance", &[INSTANCE, ORDER, LINE]),
];

const V1: &[(&str, Fields)] = &[
    ("newInstance", BOUGHT),
    ("queryInstance", &[INSTANCE]),
    // Both ways have to pass: with productId and without, trialToFormal 1 and left out.
    ("refreshInstance", &[INSTANCE, ORDER, PRODUCT, EXPIRES, ("trialToFormal", ""), AMOUNT]),
    ("expireInstance", &[INSTANCE, ORDER]),
    ("instanceStatus", &[INSTANCE, ("instanceStatus", "NORMAL")]),
    ("upgrade", &[INSTANCE, ORDER, SKU, PRODUCT]),
    ("releaseInstance", &[INSTANCE, ORDER]),
];

const LICENSE_1: &[(&str, Fields)] = &[
    ("getLicense", BOUGHT),
    ("refreshLicense", &[INSTANCE, ORDER, EXPIRES, AMOUNT]),
    ("expireLicense", &[INSTANCE, ORDER]),
    ("releaseLicense", &[INSTANCE, ORDER]),
];

const CODES: &[(&str, Fields)] = &[
    ("refreshLicenseCode", &[LICENSE, ORDER, LINE, SCENE, PRODUCT, EXPIRES]),
    ("updateLicenseCodeStatus", &[LICENSE, FREEZE]),
    ("releaseLicenseCode", &[LICENSE, ORDER, LINE]),
];

const USERS: &str = r#"[{"userName":"zhangsan","name":"张三","orgCode":"d-1","role":"admin","enable":"true"}]"#;

/// A `clientSecret` is encrypted with the seller's public key, so none stands here.
const KIT: &[(&str, Fields)] = &[
    (
        "tenantSync",
        &[
            INSTANCE,
            ORDER,
            TENANT,
            ("tenantCode", "demo"),
            ("name", "示例企业"),
            ("domainName", "https://demo.example.com"),
            ADD,
        ],
    ),
    ("applicationSync", &[INSTANCE, TENANT, APP, ("clientId", "client-123456789"), ("clientSecret", ""), ADD]),
    ("allOrgSync", &[INSTANCE, TENANT, ("orgInfoList", r#"[{"orgCode":"d-1","orgName":"研发部","parentCode":""}]"#)]),
    ("singleOrgSync", &[INSTANCE, TENANT, ("orgCode", "d-1"), ("orgName", "研发部"), ("parentCode", ""), ADD]),
    ("authSync", &[INSTANCE, TENANT, APP, ("userList", USERS), SYNC_TIME, ADD]),
];

const KIT_V1: &[(&str, Fields)] = &[
    KIT[0],
    KIT[1],
    ("allOrgSync", &[INSTANCE, TENANT, ("orgInfo", r#"[{"orgCode":"d-1","name":"研发部","parentCode":""}]"#)]),
    KIT[3],
    KIT[4],
];

const ORDER_NOTIFY: &[(&str, Fields)] = &[("orderNotify", &[ORDER, LINE])];

pub(super) const fn of(generation: Generation) -> &'static [(&'static str, Fields)] {
    match generation {
        Generation::V2 => V2,
        Generation::V1 => V1,
        Generation::License => LICENSE_1,
        Generation::Codes => CODES,
        Generation::Kit => KIT,
        Generation::KitV1 => KIT_V1,
        Generation::OrderNotify => ORDER_NOTIFY,
    }
}
