//! Chained setters for option types.

/// Gives an option type a setter for each of its public fields, of the field's name, so that options read as one
/// expression and new fields are no breaking change.
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
