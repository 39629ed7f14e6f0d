//! Both languages say the same things.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};

/// The arguments of every message.
fn messages(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/i18n").join(language).join("sellerdesk.ftl");
    let resource = parser::parse(fs::read_to_string(path).unwrap()).unwrap();
    let mut messages = BTreeMap::new();
    for entry in resource.body {
        if let Entry::Message(message) = entry {
            let mut arguments = BTreeSet::new();
            of_pattern(&message.value.unwrap(), &mut arguments);
            let again = messages.insert(message.id.name.clone(), arguments);
            assert!(again.is_none(), "{language}: {} stands twice", message.id.name);
        }
    }
    messages
}

fn of_pattern(pattern: &Pattern<String>, arguments: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { .. } => {}
            PatternElement::Placeable { expression: Expression::Inline(inline) } => of_inline(inline, arguments),
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                of_inline(selector, arguments);
                for variant in variants {
                    of_pattern(&variant.value, arguments);
                }
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<String>, arguments: &mut BTreeSet<String>) {
    if let InlineExpression::VariableReference { id } = inline {
        arguments.insert(id.name.clone());
    }
}

#[test]
fn every_text_exists_in_chinese_and_in_english_with_the_same_arguments() {
    let (english, chinese) = (messages("en"), messages("zh-CN"));
    assert!(english.len() > 150);
    for (id, arguments) in &english {
        assert_eq!(chinese.get(id), Some(arguments), "{id} in Chinese");
    }
    for id in chinese.keys() {
        assert!(english.contains_key(id), "{id} is in Chinese only");
    }
}

#[test]
fn no_text_is_left_that_nothing_shows() {
    fn walk(dir: &Path, text: &mut String) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, text) } else { text.push_str(&fs::read_to_string(path).unwrap()) }
        }
    }
    let mut window = String::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui"), &mut window);
    let unused: Vec<String> = messages("en").into_keys().filter(|id| !window.contains(&format!("\"{id}\""))).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
