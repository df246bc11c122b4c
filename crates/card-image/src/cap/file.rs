//! All components together.

use alloc::vec::Vec;

use super::codec::Cursor;
use super::{
    AppletComponent, CapError, CapErrorReason, ClassComponent, ComponentTag, ConstantPool, CustomComponent,
    Descriptor, Directory, ExportComponent, Header, Import, MethodComponent, ReferenceLocation, StaticField,
    StaticResources,
};

/// A CAP file. It is a claim: holding one proves that each component can be read, not that they fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapFile {
    /// What the file is, and which packages it defines.
    pub header: Header,
    /// Applets; `None` for a library.
    pub applet: Option<AppletComponent>,
    /// Used packages.
    pub import: Import,
    /// What the bytecode refers to.
    pub constant_pool: ConstantPool,
    /// Interfaces and classes.
    pub class: ClassComponent,
    /// Code.
    pub method: MethodComponent,
    /// Static fields.
    pub static_field: StaticField,
    /// Where references stand in the code.
    pub reference_location: ReferenceLocation,
    /// What others may use; `None` when nothing.
    pub export: Option<ExportComponent>,
    /// What the verifier must know. Loaders may leave it out (JCVM 6.3); such a file cannot be verified.
    pub descriptor: Option<Descriptor>,
    /// Debug information, raw.
    pub debug: Option<Vec<u8>>,
    /// Resources, since format 2.3.
    pub static_resources: Option<StaticResources>,
    /// Components that the platform does not define, as the Directory names them.
    pub custom: Vec<CustomComponent>,
    /// The Directory as it was read; `None` for a file that was made here. Writing computes a new one.
    pub read_directory: Option<Directory>,
}

/// The infos of a CAP file's components (what follows tag and size), by tag.
#[derive(Debug, Clone, Copy, Default)]
pub struct Components<'a> {
    infos: [Option<&'a [u8]>; 13],
}

impl<'a> Components<'a> {
    /// The info of a component.
    pub fn get(&self, tag: ComponentTag) -> Option<&'a [u8]> {
        self.infos.get(tag as usize - 1).copied().flatten()
    }

    /// Sets the info of a component; gives back what was there.
    pub fn set(&mut self, tag: ComponentTag, info: &'a [u8]) -> Option<&'a [u8]> {
        self.infos.get_mut(tag as usize - 1)?.replace(info)
    }

    fn optional(&self, tag: ComponentTag) -> Option<Cursor<'a>> {
        self.get(tag).map(|info| Cursor::new(tag, info))
    }

    fn required(&self, tag: ComponentTag) -> Result<Cursor<'a>, CapError> {
        let missing = CapErrorReason::Truncated { needed: 1, left: 0 };
        self.optional(tag).ok_or(CapError { component: tag, offset: 0, reason: missing })
    }
}

impl CapFile {
    /// Reads the components.
    pub fn parse_components(components: &Components<'_>) -> Result<Self, CapError> {
        let header = Header::parse(components.required(ComponentTag::Header)?)?;
        let format = header.format;
        let directory = Directory::parse(components.required(ComponentTag::Directory)?, format)?;
        Ok(Self {
            applet: components
                .optional(ComponentTag::Applet)
                .map(|cursor| AppletComponent::parse(cursor, format))
                .transpose()?,
            import: Import::parse(components.required(ComponentTag::Import)?)?,
            constant_pool: ConstantPool::parse(components.required(ComponentTag::ConstantPool)?)?,
            class: ClassComponent::parse(components.required(ComponentTag::Class)?, format)?,
            method: MethodComponent::parse(components.required(ComponentTag::Method)?, format)?,
            static_field: StaticField::parse(components.required(ComponentTag::StaticField)?)?,
            reference_location: ReferenceLocation::parse(
                components.required(ComponentTag::ReferenceLocation)?,
                format,
            )?,
            export: components
                .optional(ComponentTag::Export)
                .map(|cursor| ExportComponent::parse(cursor, format))
                .transpose()?,
            descriptor: components
                .optional(ComponentTag::Descriptor)
                .map(|cursor| Descriptor::parse(cursor, format))
                .transpose()?,
            debug: components.get(ComponentTag::Debug).map(<[u8]>::to_vec),
            static_resources: components
                .optional(ComponentTag::StaticResources)
                .map(StaticResources::parse)
                .transpose()?,
            custom: directory.custom.clone(),
            header,
            read_directory: Some(directory),
        })
    }

    /// The infos of all components that there are, in the order of their tags.
    pub fn encode_components(&self) -> Result<Vec<(ComponentTag, Vec<u8>)>, CapError> {
        let mut infos = self.encode_without_directory()?;
        let directory = self.directory_over(&infos)?;
        infos.insert(1, (ComponentTag::Directory, directory.encode(self.header.format)?));
        Ok(infos)
    }

    /// The Directory that fits the components (JCVM 6.5).
    pub fn directory(&self) -> Result<Directory, CapError> {
        self.directory_over(&self.encode_without_directory()?)
    }

    fn encode_without_directory(&self) -> Result<Vec<(ComponentTag, Vec<u8>)>, CapError> {
        let format = self.header.format;
        let mut infos = Vec::new();
        infos.push((ComponentTag::Header, self.header.encode()?));
        if let Some(applet) = &self.applet {
            infos.push((ComponentTag::Applet, applet.encode(format)?));
        }
        infos.push((ComponentTag::Import, self.import.encode()?));
        infos.push((ComponentTag::ConstantPool, self.constant_pool.encode()?));
        infos.push((ComponentTag::Class, self.class.encode(format)?));
        infos.push((ComponentTag::Method, self.method.encode(format)?));
        infos.push((ComponentTag::StaticField, self.static_field.encode()?));
        infos.push((ComponentTag::ReferenceLocation, self.reference_location.encode(format)?));
        if let Some(export) = &self.export {
            infos.push((ComponentTag::Export, export.encode(format)?));
        }
        if let Some(descriptor) = &self.descriptor {
            infos.push((ComponentTag::Descriptor, descriptor.encode(format)?));
        }
        if let Some(debug) = &self.debug {
            infos.push((ComponentTag::Debug, debug.clone()));
        }
        if let Some(resources) = &self.static_resources {
            infos.push((ComponentTag::StaticResources, resources.encode()?));
        }
        Ok(infos)
    }

    fn directory_over(&self, infos: &[(ComponentTag, Vec<u8>)]) -> Result<Directory, CapError> {
        let mut directory = Directory {
            image_size: self.static_field.image_size,
            array_init_count: self.static_field.array_inits.len() as u16,
            array_init_size: self
                .static_field
                .array_inits
                .iter()
                .map(|array| array.values.len())
                .sum::<usize>() as u16,
            import_count: self.import.packages.len() as u8,
            applet_count: self.applet.as_ref().map_or(0, |applet| applet.applets.len()) as u8,
            block_count: self.header.format.is_extended().then_some(self.method.blocks.len() as u8),
            custom: self.custom.clone(),
            ..Directory::default()
        };
        for (tag, info) in infos {
            if let Some(size) = directory.sizes.get_mut(*tag as usize - 1) {
                *size = info.len() as u32;
            }
        }
        let own_size = directory.encode(self.header.format)?.len();
        if let Some(size) = directory.sizes.get_mut(ComponentTag::Directory as usize - 1) {
            *size = own_size as u32;
        }
        Ok(directory)
    }
}
