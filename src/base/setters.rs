//! Chained setters for option types.

/// Gives an options type a setter named after each of its fields, so that options can be built in one expression
/// although the type is `non_exhaustive`.
macro_rules! setters {
    ($options:ty { $($field:ident: $type:ty),* $(,)? }) => {
        impl $options {
            $(
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, $field: impl Into<$type>) -> Self {
                    self.$field = $field.into();
                    self
                }
            )*
        }
    };
}

pub(crate) use setters;
