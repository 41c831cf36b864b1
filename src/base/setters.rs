//! Chained setters for option types.

/// Gives an option type a setter for each of its public fields, of the field's name, so that options read as one
/// expression and new fields are no breaking change. `field: into T` takes whatever converts into `T`.
macro_rules! setters {
    ($options:ty { $($fields:tt)* }) => {
        impl $options {
            $crate::base::setters!(@each $($fields)*);
        }
    };
    (@each) => {};
    (@each $field:ident: into $type:ty $(, $($rest:tt)*)?) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        #[must_use]
        pub fn $field(mut self, $field: impl Into<$type>) -> Self {
            self.$field = $field.into();
            self
        }
        $crate::base::setters!(@each $($($rest)*)?);
    };
    (@each $field:ident: $type:ty $(, $($rest:tt)*)?) => {
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        }
        $crate::base::setters!(@each $($($rest)*)?);
    };
}

pub(crate) use setters;
