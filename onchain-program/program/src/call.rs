//! Turns the arguments of a call into what is stored, and refuses early whatever the nodes could only refuse later.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_CELLS, MAX_LATEST_SLICES, RECIPIENT_LENGTH, WIRE_VERSION},
    error::ArxError,
    input_header::InputHeader,
    message::sha256,
    record::{ensure, ensure_same, error},
    state::{
        Argument, Cell, CellUse, ComputationDefinition, OutputKind, ParameterKind, ParameterSpec,
        StoredArgument,
    },
};

/// What a call is checked against.
pub struct Call<'a, 'info> {
    /// The definition it names.
    pub definition: &'a ComputationDefinition,
    /// The MXE.
    pub mxe: Pubkey,
    /// Number of the cluster's members.
    pub members: usize,
    /// The MXE's protocol.
    pub protocol: u16,
    /// The call's counter.
    pub counter: u64,
    /// The call's `not_after`.
    pub not_after: u64,
    /// The accounts that arguments name by index.
    pub accounts: &'info [AccountInfo<'info>],
    /// Cells met so far.
    pub cells: Vec<CellUse>,
    /// Latest slices met so far.
    pub latest_slices: usize,
}

impl<'info> Call<'_, 'info> {
    /// Checks every argument against its parameter.
    pub fn store_arguments(&mut self, arguments: Vec<Argument>) -> Result<Vec<StoredArgument>> {
        let definition = self.definition;
        ensure!(arguments.len() == definition.parameters.len(), ArxError::WrongArgumentCount);
        let mut stored = Vec::with_capacity(arguments.len());
        for (argument, parameter) in arguments.into_iter().zip(&definition.parameters) {
            stored.push(self.store_argument(argument, parameter)?);
        }
        Ok(stored)
    }

    fn store_argument(&mut self, argument: Argument, parameter: &ParameterSpec) -> Result<StoredArgument> {
        use ParameterKind as Kind;
        match (argument, parameter.kind) {
            (Argument::Plaintext(bytes), Kind::Plaintext) => {
                self.check_data(&bytes, parameter)?;
                Ok(StoredArgument::Plaintext(bytes))
            }
            (Argument::Input(bytes), Kind::Shared { .. } | Kind::Recipient { .. }) => {
                self.check_data(&bytes, parameter)?;
                Ok(StoredArgument::Input(bytes))
            }
            (Argument::Cell { account }, Kind::Cell) => {
                let cell = self.cell(account, parameter.bits, true)?;
                Ok(StoredArgument::Cell { cell })
            }
            (Argument::AccountSlice { account, offset, length }, Kind::Plaintext | Kind::Shared { .. }) => {
                let account = self.account(account)?;
                let data = account.try_borrow_data()?;
                let end = (offset as usize).checked_add(length as usize).ok_or(ArxError::SliceOutOfRange)?;
                let bytes = data.get(offset as usize..end).ok_or(ArxError::SliceOutOfRange)?;
                self.check_data(bytes, parameter)?;
                let hash = sha256(&[bytes]);
                Ok(StoredArgument::AccountSlice { account: *account.key, offset, length, hash })
            }
            (Argument::LatestSlice { account, offset, length }, Kind::Plaintext) => {
                ensure!(length == parameter.plain_len, ArxError::WrongArgumentLength);
                self.latest_slices += 1;
                ensure!(self.latest_slices <= MAX_LATEST_SLICES, ArxError::TooManyLatestSlices);
                let account = self.account(account)?;
                let end = (offset as usize).checked_add(length as usize).ok_or(ArxError::SliceOutOfRange)?;
                ensure!(end <= account.data_len(), ArxError::SliceOutOfRange);
                Ok(StoredArgument::LatestSlice { account: *account.key, offset, length })
            }
            (Argument::Empty, Kind::Mxe) => Ok(StoredArgument::Empty),
            _ => err!(ArxError::WrongArgumentKind),
        }
    }

    /// Checks length and, of an encrypted input, its head.
    fn check_data(&self, bytes: &[u8], parameter: &ParameterSpec) -> Result<()> {
        if let ParameterKind::Shared { slot } = parameter.kind {
            let input = bytes.get(RECIPIENT_LENGTH..).ok_or(ArxError::WrongArgumentLength)?;
            let header = InputHeader::parse(input).ok_or(ArxError::WrongArgumentLength)?;
            header.check(&InputHeader {
                version: WIRE_VERSION,
                nodes: self.members as u8,
                slot,
                bits: parameter.bits,
                counter: self.counter,
                not_after: self.not_after,
            })?;
        }
        ensure!(parameter.data_length(self.members) == Some(bytes.len()), ArxError::WrongArgumentLength);
        Ok(())
    }

    /// Checks that every cell output, and no other, has a cell, and that none has two.
    pub fn store_output_cells(
        &mut self,
        output_cells: &[Option<u8>],
        arguments: &[StoredArgument],
    ) -> Result<Vec<Option<u8>>> {
        let definition = self.definition;
        ensure!(output_cells.len() == definition.outputs.len(), ArxError::WrongOutputCells);
        let mut stored = Vec::with_capacity(output_cells.len());
        for (given, output) in output_cells.iter().zip(&definition.outputs) {
            let OutputKind::Cell { source } = output.kind else {
                ensure!(given.is_none(), ArxError::WrongOutputCells);
                stored.push(None);
                continue;
            };
            let account = given.ok_or(ArxError::WrongOutputCells)?;
            let cell = self.cell(account, output.bits, false)?;
            if let Some(source) = source {
                let argument = arguments.get(source as usize);
                ensure!(argument == Some(&StoredArgument::Cell { cell }), ArxError::WrongOutputCells);
            }
            let place = self.cells.get_mut(cell as usize).ok_or(ArxError::WrongOutputCells)?;
            ensure!(!place.write, ArxError::WrongOutputCells);
            place.write = true;
            stored.push(Some(cell));
        }
        Ok(stored)
    }

    /// The index in `cells` of the cell in remaining account `account`, which is added if it is new.
    fn cell(&mut self, account: u8, bits: u32, read: bool) -> Result<u8> {
        let info = self.account(account)?;
        let cell = Cell::head(info)?;
        ensure_same!(cell.mxe, self.mxe, ArxError::WrongCell);
        ensure_same!(cell.bits, bits, ArxError::WrongCellBits);
        ensure!(!read || cell.version > 0, ArxError::EmptyCell);
        ensure!(info.data_len() >= Cell::space(bits, self.protocol), ArxError::CellNotGrown);
        let address = *info.key;
        let index = match self.cells.iter().position(|known| known.address == address) {
            Some(index) => index,
            None => {
                ensure!(self.cells.len() < MAX_CELLS, ArxError::TooManyCells);
                self.cells.push(CellUse { address, read: false, write: false });
                self.cells.len() - 1
            }
        };
        self.cells[index].read |= read;
        Ok(index as u8)
    }

    fn account(&self, index: u8) -> Result<&'info AccountInfo<'info>> {
        self.accounts.get(index as usize).ok_or_else(|| error(ArxError::MissingAccount))
    }
}
