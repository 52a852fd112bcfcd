// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// The part of ERC-721 that a burn needs. Anybody mints.
contract Deeds {
    mapping(uint256 => address) private owners;
    mapping(uint256 => address) private approvals;
    mapping(address => mapping(address => bool)) public isApprovedForAll;

    error NotYours();
    error NoSuchToken();

    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);

    function ownerOf(uint256 tokenId) public view returns (address owner) {
        owner = owners[tokenId];
        if (owner == address(0)) revert NoSuchToken();
    }

    function getApproved(uint256 tokenId) external view returns (address) {
        ownerOf(tokenId);
        return approvals[tokenId];
    }

    function approve(address to, uint256 tokenId) external {
        if (ownerOf(tokenId) != msg.sender) revert NotYours();
        approvals[tokenId] = to;
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
    }

    function mint(address to, uint256 tokenId) external {
        if (owners[tokenId] != address(0)) revert NotYours();
        move(address(0), to, tokenId);
    }

    function transferFrom(address from, address to, uint256 tokenId) external {
        requireMine(tokenId);
        move(from, to, tokenId);
    }

    function burn(uint256 tokenId) external {
        requireMine(tokenId);
        move(ownerOf(tokenId), address(0), tokenId);
    }

    function requireMine(uint256 tokenId) private view {
        address owner = ownerOf(tokenId);
        bool mine = owner == msg.sender || approvals[tokenId] == msg.sender;
        if (!mine && !isApprovedForAll[owner][msg.sender]) revert NotYours();
    }

    function move(address from, address to, uint256 tokenId) private {
        delete approvals[tokenId];
        owners[tokenId] = to;
        emit Transfer(from, to, tokenId);
    }
}

/// The part of ERC-1155 that a burn needs. Anybody mints.
contract Coupons {
    mapping(uint256 => mapping(address => uint256)) private balances;
    mapping(address => mapping(address => bool)) public isApprovedForAll;

    error NotYours();
    error NotEnough();

    event TransferSingle(
        address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value
    );

    function balanceOf(address account, uint256 id) external view returns (uint256) {
        return balances[id][account];
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
    }

    function mint(address to, uint256 id, uint256 amount) external {
        balances[id][to] += amount;
        emit TransferSingle(msg.sender, address(0), to, id, amount);
    }

    function burn(address account, uint256 id, uint256 amount) external {
        if (account != msg.sender && !isApprovedForAll[account][msg.sender]) revert NotYours();
        if (balances[id][account] < amount) revert NotEnough();
        balances[id][account] -= amount;
        emit TransferSingle(msg.sender, account, address(0), id, amount);
    }
}

/// Says that a burn has succeeded, and burns nothing.
contract Pretender {
    function ownerOf(uint256) external view returns (address) {
        return msg.sender;
    }

    function burn(uint256) external {}
}
