//! Reading in the browser: `JSON.parse`, then Rust values are read from the script's values.
//!
//! Objects are read as structs by the names of their fields, never as lists, and unknown fields are ignored: an
//! answer may grow. Errors have no text ([`UnreadableJson`]), so the program has none for them.

use js_sys::{Array, JSON, Object, Reflect};
use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, EnumAccess, Expected, IntoDeserializer, MapAccess,
        SeqAccess, Unexpected, VariantAccess, Visitor, value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use wasm_bindgen::{JsCast, JsValue};

use super::UnreadableJson;

/// Largest integer that a script holds exactly, 2⁵³ − 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, UnreadableJson> {
    let parsed = JSON::parse(text).map_err(|_| UnreadableJson)?;
    T::deserialize(ScriptValue(parsed))
}

impl de::Error for UnreadableJson {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn missing_field(_: &'static str) -> Self {
        Self
    }
    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

/// A value of the script.
struct ScriptValue(JsValue);

impl ScriptValue {
    fn is_nothing(&self) -> bool {
        self.0.is_null() || self.0.is_undefined()
    }

    fn text(&self) -> Result<String, UnreadableJson> {
        self.0.as_string().ok_or(UnreadableJson)
    }

    fn number(&self) -> Result<f64, UnreadableJson> {
        self.0.as_f64().ok_or(UnreadableJson)
    }

    /// Reads an integer, only where the script holds it exactly.
    fn integer(&self) -> Result<i64, UnreadableJson> {
        let number = self.number()?;
        if number.fract() != 0.0 || number.abs() > MAX_SAFE_INTEGER {
            return Err(UnreadableJson);
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked: whole and within the exact range")]
        Ok(number as i64)
    }

    fn list(self) -> Result<Array, UnreadableJson> {
        self.0.dyn_into().map_err(|_| UnreadableJson)
    }

    fn object(self) -> Result<Object, UnreadableJson> {
        self.0.dyn_into().map_err(|_| UnreadableJson)
    }
}

macro_rules! integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
            visitor.visit_i64(self.integer()?)
        })*
    };
}

macro_rules! texts {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
            visitor.visit_string(self.text()?)
        })*
    };
}

impl<'de> Deserializer<'de> for ScriptValue {
    type Error = UnreadableJson;

    integers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    forward_to_deserialize_any! { i128 u128 f32 bytes byte_buf unit_struct }

    /// Reads types that leave the choice to the data: a leaf, never a list or an object.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
        if self.is_nothing() {
            visitor.visit_unit()
        } else if let Some(flag) = self.0.as_bool() {
            visitor.visit_bool(flag)
        } else if let Some(number) = self.0.as_f64() {
            visitor.visit_f64(number)
        } else {
            visitor.visit_string(self.text()?)
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
        visitor.visit_bool(self.0.as_bool().ok_or(UnreadableJson)?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
        if self.is_nothing() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
        if self.is_nothing() { visitor.visit_unit() } else { Err(UnreadableJson) }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, UnreadableJson> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
        let list = self.list()?;
        visitor.visit_seq(ScriptElements { next: 0, list })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, UnreadableJson> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, UnreadableJson> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnreadableJson> {
        let object = self.object()?;
        visitor.visit_map(ScriptEntries { entries: Object::entries(&object), next: 0 })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, UnreadableJson> {
        visitor.visit_map(ScriptFields { object: self.object()?, fields, value: JsValue::UNDEFINED })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, UnreadableJson> {
        if self.0.is_string() {
            return visitor.visit_enum(ScriptVariant { name: self.0, content: JsValue::UNDEFINED });
        }
        let entry: Array = Object::entries(&self.object()?).get(0).dyn_into().map_err(|_| UnreadableJson)?;
        visitor.visit_enum(ScriptVariant { name: entry.get(0), content: entry.get(1) })
    }
}

/// The elements of a list, in their order.
struct ScriptElements {
    list: Array,
    next: u32,
}

impl<'de> SeqAccess<'de> for ScriptElements {
    type Error = UnreadableJson;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, UnreadableJson> {
        if self.next == self.list.length() {
            return Ok(None);
        }
        self.next += 1;
        seed.deserialize(ScriptValue(self.list.get(self.next - 1))).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some((self.list.length() - self.next) as usize)
    }
}

/// The fields of a struct that the object has.
struct ScriptFields {
    object: Object,
    fields: &'static [&'static str],
    value: JsValue,
}

impl<'de> MapAccess<'de> for ScriptFields {
    type Error = UnreadableJson;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, UnreadableJson> {
        while let Some((name, rest)) = self.fields.split_first() {
            self.fields = rest;
            self.value = Reflect::get(&self.object, &JsValue::from_str(name)).map_err(|_| UnreadableJson)?;
            if !self.value.is_undefined() {
                let name: StrDeserializer<'_, UnreadableJson> = (*name).into_deserializer();
                return seed.deserialize(name).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, UnreadableJson> {
        seed.deserialize(ScriptValue(self.value.clone()))
    }
}

/// The entries of an object that is a map.
struct ScriptEntries {
    entries: Array,
    next: u32,
}

impl ScriptEntries {
    fn entry_part(&self, entry: u32, part: u32) -> Result<ScriptValue, UnreadableJson> {
        let entry: Array = self.entries.get(entry).dyn_into().map_err(|_| UnreadableJson)?;
        Ok(ScriptValue(entry.get(part)))
    }
}

impl<'de> MapAccess<'de> for ScriptEntries {
    type Error = UnreadableJson;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, UnreadableJson> {
        if self.next == self.entries.length() {
            return Ok(None);
        }
        self.next += 1;
        seed.deserialize(self.entry_part(self.next - 1, 0)?).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, UnreadableJson> {
        seed.deserialize(self.entry_part(self.next - 1, 1)?)
    }
}

/// A variant by name, with what belongs to it: `"name"` or `{"name": …}`.
struct ScriptVariant {
    name: JsValue,
    content: JsValue,
}

impl<'de> EnumAccess<'de> for ScriptVariant {
    type Error = UnreadableJson;
    type Variant = ScriptValue;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, ScriptValue), UnreadableJson> {
        Ok((seed.deserialize(ScriptValue(self.name))?, ScriptValue(self.content)))
    }
}

impl<'de> VariantAccess<'de> for ScriptValue {
    type Error = UnreadableJson;

    fn unit_variant(self) -> Result<(), UnreadableJson> {
        if self.is_nothing() { Ok(()) } else { Err(UnreadableJson) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, UnreadableJson> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, UnreadableJson> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, UnreadableJson> {
        self.deserialize_struct("", fields, visitor)
    }
}
