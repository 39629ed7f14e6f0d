//! Records from the rows of a table. What a table is, is not known here: its rows come as numbered fields.

use jiff::tz::TimeZone;

use super::{UsageProblem, UsageRecord, UsageValue, check::MAX_TEXT, derived_metering_sn, time::parse_time};
use crate::protocol::{UnixMillis, id::InstanceId};

/// A column of a usage table: its name, which is the wire's in camelCase, and what else people call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageColumn {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub required: bool,
}

pub const COLUMNS: [UsageColumn; 7] = [
    UsageColumn { name: "instanceId", aliases: &["实例ID", "实例标识", "资源ID", "instance"], required: true },
    UsageColumn {
        name: "beginTime",
        aliases: &["开始时间", "计量开始时间", "开始计量时间", "begin", "startTime", "start"],
        required: true,
    },
    UsageColumn {
        name: "endTime", aliases: &["结束时间", "计量结束时间", "结束计量时间", "end"], required: true
    },
    UsageColumn {
        name: "usageValue",
        aliases: &["用量", "使用量", "用量值", "话单用量", "usage", "value"],
        required: true,
    },
    UsageColumn {
        name: "relatePkgInstance",
        aliases: &["关联套餐包实例", "套餐包实例ID", "关联套餐包", "packageInstance"],
        required: false,
    },
    UsageColumn {
        name: "meteringSn",
        aliases: &["话单唯一标识", "话单流水号", "话单ID", "唯一标识", "sn"],
        required: false,
    },
    UsageColumn { name: "productId", aliases: &["商品ID", "产品ID", "商品标识"], required: false },
];

/// One row, in the order of [`COLUMNS`]; `None` and blank mean that nothing stands there.
pub type UsageFields<'a> = [Option<&'a str>; 7];

/// What rows turned out to be. Whether good ones are taken where others are not, is the caller's to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadUsage {
    pub records: Vec<(usize, UsageRecord)>,
    /// By row; a row can have several.
    pub problems: Vec<(usize, UsageProblem)>,
}

/// Reads rows, each with its number. `zone` is for times that do not say theirs.
pub fn read_rows<'a>(rows: impl IntoIterator<Item = (usize, UsageFields<'a>)>, zone: Option<&TimeZone>) -> ReadUsage {
    let mut read = ReadUsage::default();
    for (number, fields) in rows {
        match UsageRecord::parse(fields, zone) {
            Ok(record) => read.records.push((number, record)),
            Err(problems) => read.problems.extend(problems.into_iter().map(|problem| (number, problem))),
        }
    }
    read
}

impl UsageRecord {
    /// From texts, as typed or as they stand in a row. Everything that is wrong is told at once.
    pub fn parse(fields: UsageFields<'_>, zone: Option<&TimeZone>) -> Result<Self, Vec<UsageProblem>> {
        let fields = fields.map(|field| field.map(str::trim).filter(|text| !text.is_empty()));
        let [instance_id, begin, end, value, relate_pkg_instance, metering_sn, product_id] = fields;
        let mut problems = Problems::default();
        let instance_id = problems.note(needed("instanceId", instance_id).and_then(|id| bounded("instanceId", id)));
        let begin_time = problems.note(time("beginTime", begin, zone));
        let end_time = problems.note(time("endTime", end, zone));
        let usage_value = problems.note(needed("usageValue", value).and_then(UsageValue::parse));
        let relate_pkg_instance = problems.note(optional("relatePkgInstance", relate_pkg_instance));
        let metering_sn = problems.note(optional("meteringSn", metering_sn));
        let product_id = problems.note(optional("productId", product_id));
        let (
            Some(instance_id),
            Some(begin_time),
            Some(end_time),
            Some(usage_value),
            Some(relate_pkg_instance),
            Some(metering_sn),
            Some(product_id),
        ) = (instance_id, begin_time, end_time, usage_value, relate_pkg_instance, metering_sn, product_id)
        else {
            return Err(problems.0);
        };
        let instance_id = InstanceId::new(instance_id);
        let metering_sn = metering_sn.unwrap_or_else(|| derived_metering_sn(&instance_id, begin_time, end_time));
        Ok(Self { instance_id, begin_time, end_time, usage_value, relate_pkg_instance, metering_sn, product_id })
    }
}

#[derive(Default)]
struct Problems(Vec<UsageProblem>);

impl Problems {
    fn note<T>(&mut self, result: Result<T, UsageProblem>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }
}

fn needed<'a>(column: &str, field: Option<&'a str>) -> Result<&'a str, UsageProblem> {
    field.ok_or_else(|| UsageProblem::Missing { column: column.to_owned() })
}

fn bounded(column: &str, text: &str) -> Result<String, UsageProblem> {
    let length = text.chars().count();
    if length > MAX_TEXT {
        return Err(UsageProblem::TooLong { column: column.to_owned(), length, max: MAX_TEXT });
    }
    Ok(text.to_owned())
}

fn optional(column: &str, field: Option<&str>) -> Result<Option<String>, UsageProblem> {
    field.map(|text| bounded(column, text)).transpose()
}

fn time(column: &str, field: Option<&str>, zone: Option<&TimeZone>) -> Result<UnixMillis, UsageProblem> {
    needed(column, field).and_then(|text| parse_time(column, text, zone))
}
