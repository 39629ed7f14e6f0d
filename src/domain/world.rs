//! Live and test: two worlds that never mix in a list, a count or a limit.

/// Where a call belongs. A call with `testFlag` 1 is a debugging call or a probe (KooGallery page zh-cn_topic_0070649478).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum World {
    #[default]
    Live,
    Test,
}

impl World {
    pub const fn of_test_flag(test: bool) -> Self {
        if test { Self::Test } else { Self::Live }
    }
}
