//! Tables of purchase limits, sales targets and trial whitelists: the console's configuration is mirrored whole or not at all.

use super::{ImportError, ImportWatch, Imported, RowProblem, TableOrder, Understood, remember, understand};
use crate::{
    desk::{Desk, files::Wanted, operator},
    domain::limit::{Limit, LimitKey, SalesTarget, read_rows, read_target_rows},
    store::LimitsPut,
};

const PRODUCT: &str = "productId";
const SKU: &str = "skuCode";
const TIMES: &str = "times";
const QUANTITY: &str = "quantity";
const LEVEL: &str = "level";
const CUSTOMERS: &str = "customers";
const LINKED: &str = "linkedProduct";

const PRODUCT_COLUMN: Wanted<'static> =
    Wanted {
        name: PRODUCT, aliases: &["商品ID", "商品编码", "产品ID", "商品标识", "product"], required: true
    };
const SKU_COLUMN: Wanted<'static> =
    Wanted { name: SKU, aliases: &["规格编码", "规格ID", "规格", "SKU编码", "sku"], required: false };

pub(super) const LIMIT_COLUMNS: &[Wanted<'static>] = &[
    PRODUCT_COLUMN,
    SKU_COLUMN,
    Wanted { name: TIMES, aliases: &["限购次数", "次数"], required: false },
    Wanted { name: QUANTITY, aliases: &["数量属性限制", "限购数量", "数量"], required: false },
];

pub(super) const TARGET_COLUMNS: &[Wanted<'static>] = &[
    PRODUCT_COLUMN,
    SKU_COLUMN,
    Wanted { name: LEVEL, aliases: &["销售对象", "用户类型", "target"], required: true },
    Wanted {
        name: CUSTOMERS,
        aliases: &["华为云账号ID", "账号ID", "客户ID", "customerId", "accountId"],
        required: false,
    },
    Wanted { name: LINKED, aliases: &["关联商品", "关联商品ID"], required: false },
];

impl Desk {
    pub(super) async fn limit_rows(&self, order: TableOrder) -> Result<Understood<Limit>, ImportError> {
        understand(order, |order| {
            let mapped = order.mapping.of(&order.table.sheet);
            let rows = mapped.rows().map(|row| (row.number, [PRODUCT, SKU, TIMES, QUANTITY].map(|name| row.get(name))));
            let read = read_rows(rows.collect::<Vec<_>>());
            let problems = read.problems.into_iter().map(|(row, problem)| (row, RowProblem::Limit(problem))).collect();
            Understood { all: mapped.rows().count(), good: read.limits, problems }
        })
        .await
    }

    pub(super) async fn target_rows(&self, order: TableOrder) -> Result<Understood<SalesTarget>, ImportError> {
        understand(order, |order| {
            let mapped = order.mapping.of(&order.table.sheet);
            let names = [PRODUCT, SKU, LEVEL, CUSTOMERS, LINKED];
            let rows = mapped.rows().map(|row| (row.number, names.map(|name| row.get(name))));
            let read = read_target_rows(rows.collect::<Vec<_>>());
            let problems = read.problems.into_iter().map(|(row, problem)| (row, RowProblem::Target(problem))).collect();
            Understood { all: mapped.rows().count(), good: read.targets, problems }
        })
        .await
    }

    /// Takes every row of a table of limits, or none, and remembers its columns.
    pub async fn import_limits(
        &self,
        order: TableOrder,
        watch: &ImportWatch,
    ) -> Result<(Imported, LimitsPut), ImportError> {
        let rows = self.limit_rows(order.clone()).await?.whole()?;
        let imported = imported(&order, rows.all, rows.good.iter().map(|(_, limit)| &limit.key));
        let put = self.put_limits_watched(rows.values(), order.replace, &operator(), watch).await?;
        remember(self, &order).await?;
        Ok((imported, put))
    }

    /// The same for a table of sales targets and trial whitelists.
    pub async fn import_targets(
        &self,
        order: TableOrder,
        watch: &ImportWatch,
    ) -> Result<(Imported, LimitsPut), ImportError> {
        let rows = self.target_rows(order.clone()).await?.whole()?;
        let imported = imported(&order, rows.all, rows.good.iter().map(|(_, target)| &target.key));
        let put = self.put_sales_targets_watched(rows.values(), order.replace, &operator(), watch).await?;
        remember(self, &order).await?;
        Ok((imported, put))
    }
}

fn imported<'a>(order: &TableOrder, rows: usize, keys: impl Iterator<Item = &'a LimitKey>) -> Imported {
    Imported { entered: keys.map(name).collect(), ..Imported::new(order.table.kind, None, rows, Vec::new()) }
}

fn name(key: &LimitKey) -> String {
    format!("{} {}", key.product_id, key.sku_code.as_deref().unwrap_or("-"))
}
