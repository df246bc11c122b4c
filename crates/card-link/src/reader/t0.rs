//! Command APDUs over T=0, which carries data in one direction a command (ISO/IEC 7816-3, 12.2): the reader's side has to
//! fetch the answer (`61xx`) and to ask again with the right length (`6Cxx`).

use std::ops::ControlFlow;

/// GET RESPONSE.
const GET_RESPONSE: u8 = 0xC0;
/// As many rounds as an extended answer can need, and some.
const ROUNDS: usize = 300;

/// What goes over the wire first: of a command with data in both directions, the Le stays behind.
pub(super) fn outgoing(command: &[u8]) -> &[u8] {
    match command {
        [_, _, _, _, length, body @ ..] if *length > 0 && body.len() == usize::from(*length) + 1 => {
            command.get(..command.len() - 1).unwrap_or(command)
        }
        _ => command,
    }
}

/// Sends one command with `wire` and follows `61xx` and `6Cxx` until the whole answer is there.
pub(super) fn exchange<F>(
    command: &[u8],
    mut wire: impl FnMut(&[u8]) -> Result<Vec<u8>, F>,
) -> Result<Vec<u8>, F> {
    let class = command.first().copied().unwrap_or_default();
    let mut next = outgoing(command).to_vec();
    let mut whole = Vec::new();
    for _ in 0..ROUNDS {
        match follow(class, &next, wire(&next)?, &mut whole) {
            ControlFlow::Continue(command) => next = command,
            ControlFlow::Break(()) => break,
        }
    }
    Ok(whole)
}

/// Takes one answer into `whole`; the next command, if there is to be one.
fn follow(class: u8, sent: &[u8], answer: Vec<u8>, whole: &mut Vec<u8>) -> ControlFlow<(), Vec<u8>> {
    let Some((data, &status)) = answer.split_last_chunk::<2>() else {
        whole.extend(answer);
        return ControlFlow::Break(());
    };
    match status {
        [0x61, length] => {
            whole.extend_from_slice(data);
            ControlFlow::Continue(vec![class, GET_RESPONSE, 0, 0, length])
        }
        // The Le is the fifth byte of a command without data; one with data gets its answer by 61xx.
        [0x6C, length] if data.is_empty() && sent.len() <= 5 => {
            let mut again = sent.get(..4).unwrap_or(sent).to_vec();
            again.push(length);
            ControlFlow::Continue(again)
        }
        _ => {
            whole.extend(answer);
            ControlFlow::Break(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Runs a command against scripted answers and gives what was sent and the whole answer.
    fn run(command: &[u8], answers: &[&[u8]]) -> (Vec<Vec<u8>>, Vec<u8>) {
        let mut sent = Vec::new();
        let mut answers = answers.iter();
        let whole = exchange(command, |bytes| {
            sent.push(bytes.to_vec());
            Ok::<_, Infallible>(answers.next().expect("another answer").to_vec())
        });
        let Ok(whole) = whole;
        (sent, whole)
    }

    #[test]
    fn answers_are_fetched_and_lengths_corrected() {
        let (sent, whole) = run(&[0, 0xA4, 4, 0, 2, 0xA0, 0, 0], &[&[0x61, 3], &[1, 2, 3, 0x90, 0]]);
        assert_eq!(sent, [vec![0, 0xA4, 4, 0, 2, 0xA0, 0], vec![0, 0xC0, 0, 0, 3]]);
        assert_eq!(whole, [1, 2, 3, 0x90, 0]);

        let (sent, whole) = run(&[0x80, 0xCA, 0, 0x66, 0], &[&[0x6C, 2], &[7, 8, 0x90, 0]]);
        assert_eq!(sent, [vec![0x80, 0xCA, 0, 0x66, 0], vec![0x80, 0xCA, 0, 0x66, 2]]);
        assert_eq!(whole, [7, 8, 0x90, 0]);

        let (_, whole) = run(&[0, 1, 2, 3, 0], &[&[1, 0x61, 0], &[2, 0x61, 1], &[3, 0x62, 0x82]]);
        assert_eq!(whole, [1, 2, 3, 0x62, 0x82]);
    }

    #[test]
    fn a_card_that_always_promises_more_is_left_in_the_end() {
        let mut rounds = 0;
        let answer = exchange(&[0, 1, 2, 3], |_| {
            rounds += 1;
            Ok::<_, Infallible>(vec![0x61, 0])
        });
        assert_eq!((answer, rounds), (Ok(Vec::new()), ROUNDS));
    }

    #[test]
    fn only_a_trailing_le_is_left_behind() {
        for (command, length) in [
            (&[0, 1, 2, 3][..], 4),
            (&[0, 1, 2, 3, 0], 5),
            (&[0, 1, 2, 3, 1, 9], 6),
            (&[0, 1, 2, 3, 1, 9, 0], 6),
        ] {
            assert_eq!(outgoing(command).len(), length);
        }
    }
}
