//! What the seller keeps by hand in the demo: vouchers, reviews, checklists and contacts.

use jiff::{
    Timestamp, ToSpan as _,
    tz::{Offset, TimeZone},
};

use tokio::runtime::Handle;

use super::{
    rules::MIRRORED_BY,
    stage::{Stage, backup, drawing, product},
};
use crate::{desk::Desk, domain::register::RegisterKind, protocol::UnixMillis};

type Row<'a> = &'a [(&'a str, &'a str)];

/// As the command line does it, on a thread of its own.
pub(super) async fn fill(stage: &Stage) -> anyhow::Result<()> {
    let (desk, runtime) = (stage.desk.clone(), Handle::current());
    tokio::task::spawn_blocking(move || runtime.block_on(put(&desk))).await?
}

async fn put(desk: &Desk) -> anyhow::Result<()> {
    let (office, drawing, backup) = (product().product_id, drawing(12).product_id, backup().product_id);
    let day = |days: i64| day(desk.now(), days);
    let (soon, later, before, lately, today) = (day(9), day(120), day(-30), day(-6), day(-1));
    let checklists: &[Row<'_>] = &[
        &[
            ("product", office.as_str()),
            ("productKind", "saas"),
            ("category", "general"),
            ("seller", "入驻流程"),
            ("certification", "商业信息认证 2026"),
            ("server", "https://office.example.com/produce"),
            ("debugging", "12 cases"),
            ("vulnerabilityScan", "passed"),
            ("release", "done"),
            ("review", "passed"),
            ("listed", before.as_str()),
            ("state", "listed"),
        ],
        &[
            ("product", drawing.as_str()),
            ("productKind", "license-code"),
            ("category", "joint"),
            ("certification", "商业信息认证 2026"),
            ("testCodes", "2"),
            ("submittedOn", lately.as_str()),
            ("submittedThatDay", "1"),
            ("state", "submitted"),
        ],
        &[("product", backup.as_str()), ("productKind", "saas"), ("category", "general"), ("state", "preparing")],
    ];
    let vouchers: &[Row<'_>] = &[
        &[
            ("name", "Cloud office, autumn"),
            ("category", "general"),
            ("product", office.as_str()),
            ("billing", "period"),
            ("faceValue", "200"),
            ("issued", "50"),
            ("claimed", "18"),
            ("used", "11"),
            ("validFrom", before.as_str()),
            ("validUntil", soon.as_str()),
        ],
        // Lapsed: the product is no joint one.
        &[
            ("name", "联营商品 迎新券"),
            ("category", "joint"),
            ("product", office.as_str()),
            ("issued", "20"),
            ("claimed", "6"),
            ("used", "1"),
            ("validUntil", later.as_str()),
        ],
    ];
    let reviews: &[Row<'_>] = &[
        &[
            ("product", office.as_str()),
            ("buyer", "北辰科技"),
            ("date", lately.as_str()),
            ("text", "开通很快，但是手机端登录有时候会失败。"),
        ],
        &[
            ("product", drawing.as_str()),
            ("buyer", "Granite Works"),
            ("date", before.as_str()),
            ("text", "Does what it says. The code was active within minutes."),
            ("reply", "Thank you. Tell us if you miss a file format."),
            ("repliedOn", lately.as_str()),
            ("state", "answered"),
        ],
    ];
    let contacts: &[Row<'_>] = &[
        &[
            ("product", office.as_str()),
            ("phone", "+86 755 5555 0110"),
            ("mail", "support@office.example.com"),
            ("content", "Installation, accounts, data import"),
            ("days", "1,2,3,4,5"),
            ("from", "09:00"),
            ("to", "18:00"),
            ("site", "china"),
            ("tickets", "yes"),
            ("checkedOn", today.as_str()),
        ],
        // Too little for what the pages ask for.
        &[
            ("product", backup.as_str()),
            ("phone", "+86 755 5555 0113"),
            ("days", "1,2,3"),
            ("from", "10:00"),
            ("to", "12:00"),
        ],
    ];
    for (kind, rows) in [
        (RegisterKind::Checklists, checklists),
        (RegisterKind::Vouchers, vouchers),
        (RegisterKind::Reviews, reviews),
        (RegisterKind::Contacts, contacts),
    ] {
        for row in rows {
            let values: Vec<(String, String)> =
                row.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            desk.put_values(kind, None, &values, MIRRORED_BY).await?;
        }
    }
    Ok(())
}

/// So many days from now in Beijing, as it is typed.
fn day(now: UnixMillis, days: i64) -> String {
    let zone = Offset::from_seconds(8 * 3_600).map_or(TimeZone::UTC, TimeZone::fixed);
    let today = Timestamp::from_millisecond(now.0).unwrap_or_default().to_zoned_datetime(zone).date();
    today.saturating_add(days.days()).to_string()
}
