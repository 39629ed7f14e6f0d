//! Support contacts (服务与支持): who answers for a product, when, and whether somebody is there now. At least five days of
//! eight hours are asked for, and a seller who cannot be reached again and again loses the product.

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};

use super::{Choice, Context, Entry, Field, FieldType, Register, Rule};
use crate::{
    domain::{console::ConsolePage, workdays::Workdays},
    protocol::UnixMillis,
};

pub(super) const PAGE: ConsolePage = ConsolePage::Support;
const DAYS_ASKED: usize = 5;
const MINUTES_ASKED: i32 = 8 * 60;
/// A habit of Sellerdesk: the pages only say that it has to be reachable.
const CHECK_DAYS: i64 = 90;
/// Days that are looked through for the next one on duty: more than any holiday has.
const FARTHEST: usize = 40;

pub(super) static REGISTER: Register = Register {
    fields: &[
        Field::new("product", FieldType::Product, &["productId", "商品ID", "商品", "商品名称"]).required(),
        Field::new("phone", FieldType::Text, &["电话", "联系电话", "热线", "售前分机号"]),
        Field::new("mail", FieldType::Text, &["邮箱", "邮件"]),
        Field::new("content", FieldType::LongText, &["服务内容"]),
        Field::new("days", FieldType::Days, &["接待日", "服务日"]),
        Field::new("from", FieldType::Time, &["开始时间"]),
        Field::new("to", FieldType::Time, &["结束时间"]),
        Field::new("zone", FieldType::Offset, &["时区"]),
        Field::new(
            "holidays",
            FieldType::Choice(&[
                Choice::new("closed", &["休息", "否"]),
                Choice::new("open", &["接待", "照常接待", "是"]),
            ]),
            &["法定节假日", "节假日", "节假日接待"],
        ),
        Field::new(
            "site",
            FieldType::Choice(&[
                Choice::new("china", &["中国站", "中国"]),
                Choice::new("international", &["国际站", "国际"]),
            ]),
            &["站点"],
        ),
        Field::new(
            "english",
            FieldType::Choice(&[Choice::new("yes", &["是"]), Choice::new("no", &["否"])]),
            &["英文支持"],
        ),
        Field::new(
            "tickets",
            FieldType::Choice(&[Choice::new("yes", &["是"]), Choice::new("no", &["否"])]),
            &["工单", "是否接待"],
        ),
        Field::new("unreachable", FieldType::Number, &["无法联系次数"]),
        Field::new("checkedOn", FieldType::Date, &["最近检查"]),
        Field::new("note", FieldType::LongText, &["备注", "投诉记录"]),
    ],
    states: &[Choice::new("active", &["启用"]), Choice::new("paused", &["停用"])],
    key: &["product"],
    columns: &["product", "phone", "days", "from", "to"],
    page: PAGE,
    due,
    rules,
};

/// How it stands with the reception hours at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// In the contact's own time.
    On { until: DateTime },
    Off {
        from: DateTime,
        /// Today is a public holiday, else somebody would be.
        holiday: bool,
    },
}

/// Where the zone is missing, the hours are Beijing's. `None` where there are no hours.
pub fn duty(entry: &Entry, now: UnixMillis, workdays: &Workdays) -> Option<Duty> {
    let (from, to) = hours(entry)?;
    let days = days(entry);
    let here = offset(entry).to_datetime(Timestamp::from_millisecond(now.0).ok()?);
    let by_week = |date: Date| days.contains(&date.weekday().to_monday_one_offset());
    let keeps_holidays = keeps_holidays(entry);
    // Who works from Monday to Friday also does on the weekends that are made up for a holiday.
    let works_weeks = (1..=5).all(|day| days.contains(&day));
    let serves = |date: Date| match keeps_holidays {
        true if workdays.is_holiday(date) => false,
        true if workdays.is_made_up(date) => by_week(date) || works_weeks,
        _ => by_week(date),
    };
    let today = here.date();
    let shift = |date: Date| {
        let over_midnight = if to <= from { date.tomorrow().ok()? } else { date };
        Some((date.to_datetime(from), over_midnight.to_datetime(to)))
    };
    for date in [today.yesterday().ok()?, today] {
        let (start, end) = shift(date)?;
        if serves(date) && start <= here && here < end {
            return Some(Duty::On { until: end });
        }
    }
    let coming = today.series(1.day()).take(FARTHEST).filter(|date| serves(*date)).filter_map(shift);
    let holiday = keeps_holidays && by_week(today) && workdays.is_holiday(today);
    coming.map(|(start, _)| start).find(|start| *start > here).map(|from| Duty::Off { from, holiday })
}

/// Where nothing is said, the Chinese site rests on the public holidays of China, and the international one does not.
fn keeps_holidays(entry: &Entry) -> bool {
    match entry.get("holidays") {
        Some(told) => told == "closed",
        None => entry.get("site") != Some("international"),
    }
}

fn days(entry: &Entry) -> Vec<i8> {
    entry.get("days").into_iter().flat_map(|days| days.split(',')).filter_map(|day| day.parse().ok()).collect()
}

fn hours(entry: &Entry) -> Option<(Time, Time)> {
    let time = |field| entry.get(field)?.parse::<Time>().ok();
    (!days(entry).is_empty()).then_some(())?;
    Some((time("from")?, time("to")?))
}

fn offset(entry: &Entry) -> Offset {
    let read = |text: &str| {
        let (hours, minutes) = text.get(1..)?.split_once(':')?;
        let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        let sign = if text.starts_with('-') { -1 } else { 1 };
        Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok()
    };
    let beijing = || Offset::from_seconds(8 * 3_600).unwrap_or(Offset::UTC);
    entry.get("zone").and_then(read).unwrap_or_else(beijing)
}

fn minutes((from, to): (Time, Time)) -> i32 {
    let minute = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    (minute(to) - minute(from)).rem_euclid(24 * 60)
}

fn due(entry: &Entry, _: &Context<'_>) -> Option<Date> {
    entry.date("checkedOn").filter(|_| entry.state == "active")?.checked_add(CHECK_DAYS.days()).ok()
}

fn rules(entry: &Entry, context: &Context<'_>, found: &mut Vec<Rule>) {
    if entry.state != "active" {
        return;
    }
    let missing = ["phone", "mail", "content"].into_iter().filter(|field| entry.get(field).is_none());
    found.extend(missing.map(|field| Rule::ContactMissing { field: field.to_owned() }));
    match hours(entry) {
        None => found.push(Rule::ContactNoHours),
        Some(hours) => {
            let (days, minutes) = (days(entry).len(), minutes(hours));
            // Around the clock where it begins and ends at the same time.
            let minutes = if minutes == 0 { 24 * 60 } else { minutes };
            if days < DAYS_ASKED || minutes < MINUTES_ASKED {
                let hours = if minutes % 60 == 0 {
                    (minutes / 60).to_string()
                } else {
                    format!("{}:{:02}", minutes / 60, minutes % 60)
                };
                found.push(Rule::ContactFewHours { days, hours });
            }
        }
    }
    // The contact's clock, which need not be that of who reads it.
    let told = |time: DateTime| {
        let here = time.to_zoned_datetime(TimeZone::fixed(offset(entry)));
        here.map_or_else(|_| time.to_string(), |here| here.strftime("%Y-%m-%d %H:%M %:z").to_string())
    };
    let duty = duty(entry, context.now, context.workdays);
    match duty {
        Some(Duty::On { until }) => found.push(Rule::ContactOnDuty { until: told(until) }),
        Some(Duty::Off { from, holiday }) => {
            found.push(Rule::ContactOffDuty { from: told(from) });
            if holiday {
                found.push(Rule::ContactHoliday);
            }
        }
        None => {}
    }
    if let Some(Duty::On { until: at } | Duty::Off { from: at, .. }) = duty
        && keeps_holidays(entry)
        && !context.workdays.covers(at.year())
    {
        found.push(Rule::ContactHolidaysUnknown { year: at.year() });
    }
    match entry.number("unreachable") {
        0 => {}
        1 => found.push(Rule::ContactUnreachable),
        times => found.push(Rule::ContactUnreachableOften { times }),
    }
    if due(entry, context).is_some_and(|due| due < context.today())
        && let Some(checked) = entry.date("checkedOn")
    {
        found.push(Rule::ContactCheck { days: (context.today() - checked).get_days() });
    }
    let international = entry.get("site") == Some("international");
    if international && (entry.get("zone").is_none() || entry.get("english") != Some("yes")) {
        found.push(Rule::ContactInternational);
    }
}
