//! The keyboard in lists: through the rows, beyond those that were fetched, and marking. The same in every list.

use egui::{
    Key, Modifiers,
    accesskit::{Role, Toggled},
};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use sellerdesk::{
    domain::{
        World,
        usage::{UsageRecord, UsageValue},
    },
    protocol::{UnixMillis, id::InstanceId},
};

use crate::support::{
    app::{TEMPLATE, purchase},
    window::{Stage, Window},
};

const ROWS: usize = 200;
const HOUR: i64 = 3_600_000;

/// Of the rows that are in sight, the current one.
fn current(window: &Window) -> Option<String> {
    let rows = window.harness.query_all(By::new().role(Role::Row));
    rows.map(|row| row.accesskit_node())
        .find(|row| row.toggled() == Some(Toggled::True))
        .and_then(|row| row.label().or_else(|| row.value()))
}

fn wait_for_current(window: &mut Window, part: &str) {
    window.wait_until(&format!("{part} is not current"), |window| {
        current(window).is_some_and(|name| name.contains(part))
    });
}

/// From the first row to the last and back; `named` is what tells a row.
fn goes_through(window: &mut Window, first: &str, second: &str, last: &str) {
    window.wait_for(first);
    window.press(Modifiers::NONE, Key::ArrowDown);
    wait_for_current(window, first);
    window.press(Modifiers::NONE, Key::ArrowDown);
    wait_for_current(window, second);
    window.press(Modifiers::NONE, Key::ArrowUp);
    wait_for_current(window, first);
    window.press(Modifiers::NONE, Key::End);
    wait_for_current(window, last);
    window.press(Modifiers::NONE, Key::Home);
    wait_for_current(window, first);
    window.press(Modifiers::NONE, Key::PageDown);
    window.wait_until("a page further is still the first", |window| {
        current(window).is_some_and(|name| !name.contains(first) && !name.contains(second))
    });
    window.press(Modifiers::NONE, Key::Home);
    wait_for_current(window, first);
}

#[test]
fn the_orders() {
    let stage = Stage::new("en", "light", TEMPLATE).with_key();
    for number in 0..ROWS {
        assert_eq!(stage.call("main", &purchase(&format!("CS-{number:04}"))), "000000");
        stage.advance(std::time::Duration::from_secs(1));
    }
    stage.runtime().spawn(stage.desk.clone().work_in_background());
    let mut window = stage.open();
    window.press(Modifiers::COMMAND, Key::Num4);
    window.wait_for(&format!("{ROWS} order lines"));
    goes_through(&mut window, "CS-0199", "CS-0198", "CS-0000");
    window.press(Modifiers::NONE, Key::Space);
    window.wait_for("Query 1 ");
}

#[test]
fn the_usage_records() {
    let stage = Stage::new("en", "light", TEMPLATE).with_key();
    let noon = UnixMillis(1_795_487_400_000 - 10 * 24 * HOUR);
    let record = |number: i64| UsageRecord {
        instance_id: InstanceId::new(format!("instance-{number:04}")),
        begin_time: noon.plus_millis(number * 60_000),
        end_time: noon.plus_millis(number * 60_000 + HOUR),
        usage_value: UsageValue::parse("1.5").unwrap(),
        relate_pkg_instance: None,
        metering_sn: format!("sn-{number:04}"),
        product_id: None,
    };
    let records = (0..200).map(record).collect();
    let entered = stage.runtime().block_on(stage.desk.enter_usage(World::Live, records, true)).unwrap();
    assert_eq!(entered.new, ROWS);
    let mut window = stage.open();
    window.press(Modifiers::COMMAND, Key::Num7);
    window.wait_for(&format!("{ROWS} records"));
    goes_through(&mut window, "instance-0199", "instance-0198", "instance-0000");
}
