/**
 * Blocks, receipts and transactions of the chain in this process in the forms of the JSON-RPC.
 * Pure.
 */
import type { Json } from '../ports/json.ts';
import type { Transaction } from './ethereumjs.ts';
import type { LocalBlock, LocalBlocks, Receipt } from './local-blocks.ts';
import { quantity } from './quantity.ts';

export function blockOf(block: LocalBlock, isFull: boolean): Json {
  const { number, hash, parentHash, timestamp, baseFeePerGas, receipts } = block;
  return {
    number: quantity(number),
    hash,
    parentHash,
    timestamp: quantity(timestamp),
    baseFeePerGas: quantity(baseFeePerGas),
    transactions: receipts.map((receipt) =>
      isFull ? transactionOf(receipt, number) : receipt.hash,
    ),
  };
}

export function receiptOf(receipt: Receipt, blocks: LocalBlocks): Json {
  const { hash, from, blockNumber, index, hasSucceeded, gasUsed, created, logs } = receipt;
  return {
    transactionHash: hash,
    transactionIndex: quantity(index),
    blockHash: blocks.at(blockNumber)?.hash ?? null,
    blockNumber: quantity(blockNumber),
    from,
    contractAddress: created,
    status: hasSucceeded ? '0x1' : '0x0',
    gasUsed: quantity(gasUsed),
    logs: logs.map(({ address, topics, data }) => ({ address, topics, data })),
  };
}

export function transactionOf(
  {
    hash,
    from,
    transaction,
  }: {
    readonly hash: string;
    readonly from: string;
    readonly transaction: Transaction;
  },
  blockNumber: number | null,
): Json {
  return {
    hash,
    from,
    to: transaction.to?.toString() ?? null,
    input: `0x${Buffer.from(transaction.data).toString('hex')}`,
    nonce: quantity(transaction.nonce),
    blockNumber: blockNumber === null ? null : quantity(blockNumber),
  };
}
