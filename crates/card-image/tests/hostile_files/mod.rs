//! The attacks: for each its name, the rule that must be named, and the component.

mod class;
mod code;
mod descriptor;
mod extended;
mod files;
mod find;
mod member;

use card_image::cap::{CapFile, ComponentTag};

/// An attack.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) component: ComponentTag,
    pub(crate) attack: fn(&mut CapFile),
}

/// Turns `attack "rule" Component` lines into rows, named after the function.
macro_rules! rows {
    ($($module:ident :: $attack:ident $rule:literal $component:ident)*) => {
        &[$(Row {
            name: stringify!($attack),
            rule: $rule,
            component: ComponentTag::$component,
            attack: $module::$attack,
        }),*]
    };
}

/// Attacks on the compact file.
pub(crate) const COMPACT: &[Row] = rows! {
    files::applet_flag_without_applets "header-flags" Header
    files::export_component_missing "header-flags" Header
    files::directory_lies_about_methods "directory-size" Directory
    files::directory_lies_about_applets "directory-size" Directory
    files::directory_lies_about_imports "directory-size" Directory
    files::directory_lies_about_statics "directory-size" Directory
    files::unknown_package_imported "import-missing" Import
    files::newer_package_imported "import-missing" Import
    files::package_imported_twice "import-missing" Import
    files::own_package_imported "import-missing" Import
    files::applet_of_another_vendor "applet-aid" Applet
    files::two_applets_of_one_name "applet-aid" Applet
    files::install_inside_of_a_method "install-method" Applet
    files::install_is_a_constructor "install-method" Applet
    files::empty_resources "resource" StaticResources
    files::resource_twice "resource" StaticResources
    files::oversize_resource "resource" StaticResources
    class::class_extends_itself "class-layout" Class
    class::interface_extends_a_later_one "class-layout" Class
    class::interface_behind_a_class "class-layout" Class
    class::class_extends_an_interface "class-hierarchy" Class
    class::class_extends_a_final_class "class-hierarchy" Class
    class::class_extends_nothing "class-hierarchy" Class
    class::class_implements_a_class "class-hierarchy" Class
    class::instance_too_small "instance-size" Class
    class::reference_map_covers_a_short "instance-size" Class
    class::reference_map_moved "instance-size" Class
    class::table_leads_to_another_method "method-table" Class
    class::table_begins_later "method-table" Class
    class::table_goes_on_with_nothing "method-table" Class
    class::table_claims_to_inherit "method-table" Class
    class::interface_map_leads_to_another_type "interface-map" Class
    class::interface_map_too_short "interface-map" Class
    class::interface_map_leads_nowhere "interface-map" Class
    class::made_shareable "shareable-flag" Class
    class::shareable_no_more "shareable-flag" Class
    member::pool_class_inside_of_a_class "pool-reference" ConstantPool
    member::pool_class_of_no_import "pool-reference" ConstantPool
    member::pool_class_token_missing "pool-reference" ConstantPool
    member::pool_method_token_missing "pool-reference" ConstantPool
    member::pool_virtual_token_missing "pool-reference" ConstantPool
    member::pool_field_token_missing "pool-reference" ConstantPool
    member::pool_static_beyond_the_image "pool-reference" ConstantPool
    member::pool_method_in_no_block "pool-reference" ConstantPool
    member::pool_calls_a_virtual_method_as_static "pool-reference" ConstantPool
    member::pool_type_missing "pool-type" Descriptor
    member::short_field_described_as_reference "pool-type" Descriptor
    member::pool_entry_without_type "pool-type" Descriptor
    member::image_too_small "static-image" StaticField
    member::references_where_numbers_are "static-image" StaticField
    member::two_statics_in_one_place "static-image" StaticField
    member::array_of_another_type "static-image" StaticField
    member::half_an_element "static-image" StaticField
    member::exported_class_elsewhere "export-item" Export
    member::hidden_class_exported "export-item" Export
    descriptor::no_descriptor "descriptor-missing" Descriptor
    descriptor::class_described_twice "descriptor-class" Descriptor
    descriptor::class_not_described "descriptor-class" Descriptor
    descriptor::interfaces_of_another "descriptor-class" Descriptor
    descriptor::type_inside_of_a_type "descriptor-type" Descriptor
    descriptor::type_of_no_class "descriptor-type" Descriptor
    descriptor::method_public_and_private "descriptor-member" Descriptor
    descriptor::interface_method_with_code "descriptor-member" Descriptor
    descriptor::method_described_twice "descriptor-member" Descriptor
    descriptor::static_field_of_another_package "descriptor-member" Descriptor
    descriptor::override_of_another_type "override-type" Class
    descriptor::override_with_less_access "override-type" Class
    code::junk_behind_the_last_method "method-layout" Method
    code::methods_overlap "method-layout" Method
    code::more_arguments_than_declared "method-header" Method
    code::abstract_with_code "method-header" Method
    code::fewer_locals "local-index" Method
    code::smaller_stack "stack-overflow" Method
    code::handler_reaches_out "handler-range" Method
    code::handler_begins_in_an_operand "handler-range" Method
    code::handler_catches_no_throwable "handler-type" Method
    code::handler_catches_nothing_known "handler-type" Method
    code::stop_bit_hides_a_handler "handler-order" Method
    code::handlers_in_disorder "handler-order" Method
    code::handlers_of_another_method "method-layout" Method
    code::jump_into_an_operand "branch-target" Method
    code::jump_out_of_the_method "branch-target" Method
    code::runs_off_the_end "falls-off" Method
    code::private_instruction "instruction" Method
    code::unknown_instruction "instruction" Method
    code::constructor_not_called "uninitialised" Method
    code::number_used_as_reference "return-type" Method
    code::field_read_as_reference "field-type" Method
    code::bytes_read_as_shorts "operand-type" Method
    code::static_call_of_a_virtual_method "invocation" Method
    code::fewer_interface_words "interface-words" Method
    code::array_of_no_type "operand-value" Method
    code::switch_out_of_order "switch-keys" Method
    code::int_without_the_flag "int-support" Method
    code::stack_emptied "stack-underflow" Method
    code::return_address_from_a_number "local-type" Method
    code::reference_places_missing "reference-location" ReferenceLocation
    code::reference_place_in_an_opcode "reference-location" ReferenceLocation
};

/// Attacks on the extended file.
pub(crate) const EXTENDED: &[Row] = rows! {
    extended::public_package_twice "packages" Header
    extended::package_not_described "packages" Descriptor
    extended::package_not_exported "packages" Export
    extended::block_count_lies "directory-size" Directory
    extended::no_blocks "method-blocks" Method
    extended::references_of_another_block "method-blocks" ReferenceLocation
    extended::install_in_another_block "install-method" Applet
    extended::call_into_another_block "pool-reference" ConstantPool
    extended::method_in_another_block "method-layout" Method
    extended::private_package_exported "export-item" Export
    extended::class_of_applet_package_exported "export-item" Export
    extended::packages_described_in_another_order "export-item" Export
    extended::hidden_method_called_from_outside "access" Method
    extended::hidden_method_overridden_from_outside "override-type" Class
    extended::public_package_imported "import-missing" Import
};
