//! A list that grows in a block of the library's allocator, whose growth may fail.

use super::alloc;
use crate::errno::Result;
use core::mem::MaybeUninit;
use core::ptr::null_mut;

/// Values one behind the other.
pub(crate) struct List<T: Copy> {
    start: *mut T,
    len: usize,
    capacity: usize,
}

impl<T: Copy> List<T> {
    pub(crate) const fn new() -> Self {
        List {
            start: null_mut(),
            len: 0,
            capacity: 0,
        }
    }

    /// Makes space for `more` values.
    pub(crate) fn reserve(&mut self, more: usize) -> Result {
        if self.capacity - self.len < more {
            let capacity = (self.len + more).max(self.capacity * 2).max(16);
            // SAFETY: `start` is null or this list's block.
            self.start = unsafe { alloc::realloc(self.start, capacity)? };
            self.capacity = capacity;
        }
        Ok(())
    }

    /// Appends copies of the values.
    pub(crate) fn extend(&mut self, values: &[T]) -> Result {
        self.reserve(values.len())?;
        // SAFETY: `reserve` has made space behind the `len` values in use.
        unsafe {
            let end = self.start.add(self.len);
            end.copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
        self.len += values.len();
        Ok(())
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the block has that many values.
        unsafe { core::slice::from_raw_parts(self.start, self.len) }
    }

    /// The space behind the values.
    pub(crate) fn spare(&mut self) -> &mut [MaybeUninit<T>] {
        if self.capacity == 0 {
            return &mut [];
        }
        let (start, len) = (self.start.cast::<MaybeUninit<T>>(), self.len);
        // SAFETY: the block has `capacity` places, and a `MaybeUninit` needs no value.
        unsafe { core::slice::from_raw_parts_mut(start.add(len), self.capacity - len) }
    }
}

impl<T: Copy> Drop for List<T> {
    fn drop(&mut self) {
        // SAFETY: `start` is null or a block that only this list has.
        unsafe { alloc::free(self.start.cast()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_when_the_block_grows() {
        let mut list = List::new();
        assert!(list.as_slice().is_empty() && list.spare().is_empty());
        for value in 0..1000u32 {
            list.extend(&[value]).unwrap();
        }
        assert!(list.as_slice().iter().copied().eq(0..1000));
        list.reserve(5000).unwrap();
        assert!(list.spare().len() >= 5000);
    }
}
