//! Files of the checkout: never configuration, and no way out of it for content.
