//! Laws of the assignment.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn member(id: &str, slots: u32) -> Member {
    Member {
        id: id.to_owned(),
        slots,
    }
}

fn members(slots: &[u32]) -> Vec<Member> {
    slots
        .iter()
        .enumerate()
        .map(|(i, slots)| member(&format!("e{i}"), *slots))
        .collect()
}

fn chunks(weights: &[u64]) -> Vec<Chunk> {
    let key = |i: usize| hepframe_root_source::chunk_key("file:///", "f", i as u64);
    weights
        .iter()
        .enumerate()
        .map(|(i, w)| Chunk {
            key: key(i),
            weight: *w,
        })
        .collect()
}

fn remembered(chunks: &[Chunk], members: &[Member], homes: &[usize]) -> HashMap<u64, String> {
    chunks
        .iter()
        .zip(homes)
        .map(|(c, home)| (c.key, members[*home].id.clone()))
        .collect()
}

fn loads(chunks: &[Chunk], members: &[Member], homes: &[usize]) -> Vec<u64> {
    let mut loads = vec![0; members.len()];
    for (chunk, home) in chunks.iter().zip(homes) {
        loads[*home] += chunk.weight;
    }
    loads
}

/// Indices of chunks whose executor's name differs.
fn moved(before: (&[Member], &[usize]), after: (&[Member], &[usize])) -> Vec<usize> {
    let differs = |i: &usize| before.0[before.1[*i]].id != after.0[after.1[*i]].id;
    (0..before.1.len()).filter(differs).collect()
}

#[test]
fn equal_chunks_are_spread_evenly() {
    let all = chunks(&[10; 16]);
    let four = members(&[1, 1, 1, 1]);

    let homes = assign(&all, &four, &HashMap::new());

    assert_eq!(loads(&all, &four, &homes), [40, 40, 40, 40]);
}

#[test]
fn tables_of_one_chunk_are_spread_by_their_hash() {
    let four = members(&[1, 1, 1, 1]);
    let mut tables = [0; 4];

    for chunk in chunks(&[10; 400]) {
        let home = assign(&[chunk], &four, &HashMap::new())[0];
        let by_hash = first_choice(chunk.key, four.iter().map(|member| member.id.as_str()));
        assert_eq!(by_hash, Some(four[home].id.as_str()));
        tables[home] += 1;
    }

    assert!(tables.iter().all(|count| *count > 60), "{tables:?}");
}

#[test]
fn without_executors_there_are_no_homes() {
    assert!(assign(&chunks(&[1, 2]), &[], &HashMap::new()).is_empty());
}

#[test]
fn an_executor_that_comes_back_gets_its_own_chunks() {
    let all = chunks(&[1; 40]);
    let three = members(&[1, 1, 1]);
    let first = assign(&all, &three, &HashMap::new());
    let two = three[..2].to_vec();
    let without = assign(&all, &two, &remembered(&all, &three, &first));

    let back = assign(&all, &three, &remembered(&all, &two, &without));

    let own = |homes: &[usize]| homes.iter().filter(|home| **home == 2).count();
    let same = first
        .iter()
        .zip(&back)
        .filter(|(a, b)| **a == 2 && **b == 2)
        .count();
    assert!(same * 10 >= own(&first) * 7, "{same} of {}", own(&first));
}

proptest! {
    #[test]
    fn no_executor_has_more_than_its_bound_or_one_chunk_too_many(
        weights in vec(1_u64..1000, 0..200),
        slots in vec(1_u32..9, 1..9),
    ) {
        let (all, executors) = (chunks(&weights), members(&slots));

        let homes = assign(&all, &executors, &HashMap::new());

        // Full where all are full: the one that is given a chunk then is not over its share by
        // more than that chunk, counted in the smallest share.
        let total: u64 = weights.iter().sum();
        let slot_count: u32 = slots.iter().sum();
        let fair = |slots: u32| total as f64 * f64::from(slots) / f64::from(slot_count);
        let smallest = slots.iter().map(|slots| fair(*slots)).fold(f64::INFINITY, f64::min);
        let largest = weights.iter().max().copied().unwrap_or(0) as f64;
        let most = BOUND.max(1.0 + largest / smallest.max(1e-9)) + 1e-9;
        for (load, slots) in loads(&all, &executors, &homes).into_iter().zip(&slots) {
            prop_assert!(load as f64 <= fair(*slots) * most);
        }
    }

    #[test]
    fn order_of_chunks_and_executors_does_not_matter(
        weights in vec(1_u64..1000, 0..60),
        slots in vec(1_u32..9, 1..9),
        turn in 0_usize..60,
    ) {
        let (all, executors) = (chunks(&weights), members(&slots));
        let homes = assign(&all, &executors, &HashMap::new());
        let mut turned = all.clone();
        turned.rotate_left(turn.min(all.len()));
        let mut others = executors.clone();
        others.reverse();

        let again = assign(&turned, &others, &HashMap::new());

        let name_of: HashMap<u64, &str> = turned.iter().zip(&again)
            .map(|(chunk, home)| (chunk.key, others[*home].id.as_str())).collect();
        for (chunk, home) in all.iter().zip(&homes) {
            prop_assert_eq!(name_of[&chunk.key], executors[*home].id.as_str());
        }
    }

    #[test]
    fn nothing_moves_while_nothing_changes(
        weights in vec(1_u64..1000, 0..60), slots in vec(1_u32..9, 1..9),
    ) {
        let (all, executors) = (chunks(&weights), members(&slots));
        let homes = assign(&all, &executors, &HashMap::new());

        let again = assign(&all, &executors, &remembered(&all, &executors, &homes));

        prop_assert_eq!(homes, again);
    }

    #[test]
    fn if_an_executor_leaves_only_its_chunks_move(
        weights in vec(1_u64..10, 0..200), executor_count in 2_usize..8, gone in 0_usize..8,
    ) {
        let all = chunks(&weights);
        let executors = members(&vec![1; executor_count]);
        let homes = assign(&all, &executors, &HashMap::new());
        let gone = gone % executor_count;
        let mut left = executors.clone();
        left.remove(gone);

        let after = assign(&all, &left, &remembered(&all, &executors, &homes));

        for chunk in moved((&executors, &homes), (&left, &after)) {
            let newcomer = !homes.iter().any(|home| executors[*home] == left[after[chunk]]);
            prop_assert!(homes[chunk] == gone || newcomer);
        }
    }

    #[test]
    fn if_an_executor_comes_it_takes_its_share_and_nothing_else_moves(
        weights in vec(5_u64..10, 0..200), executor_count in 1_usize..8,
    ) {
        let all = chunks(&weights);
        let executors = members(&vec![1; executor_count + 1]);
        let old = executors[..executor_count].to_vec();
        let homes = assign(&all, &old, &HashMap::new());
        prop_assume!((0..executor_count).all(|member| homes.contains(&member)));

        let after = assign(&all, &executors, &remembered(&all, &old, &homes));

        let total: u64 = weights.iter().sum();
        let mut taken = 0;
        for chunk in moved((&old, &homes), (&executors, &after)) {
            prop_assert_eq!(after[chunk], executor_count);
            taken += weights[chunk];
        }
        prop_assert!(taken <= total / (executor_count as u64 + 1) + 1);
        // It stops below its share only where the next chunk would not fit.
        prop_assert!(taken + 10 + 10 * executor_count as u64 >= total / (executor_count as u64 + 1));
    }
}
